#include "core/file_settling.h"

#include <gtest/gtest.h>

#include <string>

namespace respawnd::core {
namespace {

using std::chrono::milliseconds;

constexpr Instant start{std::chrono::seconds(100)};

struct Case {
    std::string name;
    Arrival arrival;
    Writer writer;
    Content content;
    milliseconds since_last_change;
    /// From now on; 0 is at once.
    milliseconds wait;
};

class FileSettling : public ::testing::TestWithParam<Case> {};

TEST_P(FileSettling, takes_effect) {
    const Case& row = GetParam();
    const Instant now = start + row.since_last_change;
    const Instant when = takes_effect_at({.arrival = row.arrival,
                                          .writer = row.writer,
                                          .content = row.content,
                                          .last_change = start},
                                         now);
    EXPECT_EQ(std::max(when, now) - now, row.wait);
}

constexpr auto placed = Arrival::in_one_piece;
constexpr auto written = Arrival::written_in_place;

INSTANTIATE_TEST_SUITE_P(
    table, FileSettling,
    ::testing::Values(Case{"placed_and_good_at_once", placed, Writer::none, Content::good,
                           milliseconds(0), milliseconds(0)},
                      Case{"placed_and_broken_after_quiet", placed, Writer::none, Content::broken,
                           milliseconds(0), milliseconds(250)},
                      Case{"placed_where_leases_do_not_work_after_quiet", placed, Writer::unknown,
                           Content::good, milliseconds(10), milliseconds(240)},
                      Case{"placed_but_open_for_writing_waits", placed, Writer::present,
                           Content::good, milliseconds(0), milliseconds(250)},
                      Case{"written_and_good_after_quiet", written, Writer::none, Content::good,
                           milliseconds(100), milliseconds(150)},
                      Case{"written_and_good_when_quiet_is_over", written, Writer::none,
                           Content::good, milliseconds(250), milliseconds(0)},
                      Case{"written_and_broken_after_quiet", written, Writer::none, Content::broken,
                           milliseconds(249), milliseconds(1)},
                      Case{"open_for_writing_waits_however_quiet", written, Writer::present,
                           Content::good, milliseconds(60000), milliseconds(250)},
                      Case{"unknown_writer_after_quiet", written, Writer::unknown, Content::good,
                           milliseconds(250), milliseconds(0)},
                      Case{"the_same_content_is_done_at_once", written, Writer::none, Content::same,
                           milliseconds(0), milliseconds(0)},
                      Case{"the_same_content_open_for_writing_waits", written, Writer::present,
                           Content::same, milliseconds(0), milliseconds(250)},
                      Case{"gone_after_quiet", written, Writer::unknown, Content::gone,
                           milliseconds(1), milliseconds(249)},
                      Case{"gone_when_quiet_is_over", placed, Writer::unknown, Content::gone,
                           milliseconds(251), milliseconds(0)}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace respawnd::core
