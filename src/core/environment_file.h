// The text of an `environment_file`: lines as systemd's EnvironmentFile= takes them.
//
//   NAME=value           blanks around the value are dropped
//   NAME="a b"           \" \\ \` \$ and a backslash at the end of a line are special
//   NAME='a b'           nothing is special
//   NAME=a\              a backslash joins the next line; else it makes the next character plain
//   # comment, ; comment
//
// Quotes count where a value, or a further piece of one after a closing quote, begins; pieces are
// put together. Nothing is expanded. A line that is none of this is a mistake: nothing is skipped
// in silence.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace respawnd::core {

struct EnvironmentFileMistake {
    std::size_t line = 0;  ///< from 1; where the assignment begins
    std::string message;
    bool operator==(const EnvironmentFileMistake&) const = default;
};

struct EnvironmentFileContent {
    std::map<std::string, std::string> variables;  ///< the last of two with one name
    std::vector<EnvironmentFileMistake> mistakes;
};

/// Whoever reads such a file refuses a longer one.
inline constexpr std::size_t longest_environment_file = 1024UL * 1024;

[[nodiscard]] EnvironmentFileContent parse_environment_file(std::string_view text);

}  // namespace respawnd::core
