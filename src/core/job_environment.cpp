#include "core/job_environment.h"

#include <array>
#include <charconv>

#include "core/placeholder.h"
#include "core/settings.h"

namespace respawnd::core {
namespace {

constexpr std::size_t generation_digits = 16;

}  // namespace

std::string generation_text(Generation generation) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(generation_digits, '0');
    for (std::size_t i = generation_digits; i > 0 && generation != 0; --i) {
        text[i - 1] = digits[generation % digits.size()];
        generation /= digits.size();
    }
    return text;
}

Generation generation_number(std::string_view text) {
    Generation generation = 0;
    const char* end = text.data() + text.size();
    constexpr int hexadecimal = 16;
    const auto [stop, problem] = std::from_chars(text.data(), end, generation, hexadecimal);
    const bool is_one = text.size() == generation_digits && problem == std::errc() && stop == end;
    return is_one ? generation : 0;
}

std::vector<std::string> job_environment(
    const JobDefinition& definition, const InstanceName& instance, Generation generation,
    const EnvironmentUser& user, const std::map<std::string, std::string>& from_files,
    const std::function<std::optional<std::string>(const std::string&)>& own_value) {
    const Program& program = definition.program;
    std::map<std::string, std::string, std::less<>> variables{
        {"PATH", program.path.empty() ? usual_path : program.path},
        {"HOME", std::string(user.home)},
        {"USER", std::string(user.name)},
        {"LOGNAME", std::string(user.name)},
        {"SHELL", std::string(user.shell)}};
    variables["LANG"] = own_value("LANG").value_or("C.UTF-8");
    for (const std::string& name : program.pass_environment) {
        if (auto value = own_value(name)) {
            variables[name] = std::move(*value);
        }
    }
    for (const auto& [name, value] : from_files) {
        variables[name] = value;
    }
    for (const auto& [name, value] : program.environment) {
        variables[name] = expand(value, instance).value_or(value);
    }
    variables["RESPAWND_JOB"] = instance.job;
    variables["RESPAWND_INSTANCE"] = full_name(instance, definition.instances);
    variables["RESPAWND_GENERATION"] = generation_text(generation);

    std::vector<std::string> environment;
    environment.reserve(variables.size());
    for (const auto& [name, value] : variables) {
        environment.push_back(name + "=" + value);
    }
    return environment;
}

std::string_view value_in(const std::vector<std::string>& environment, std::string_view name) {
    for (const std::string_view variable : environment) {
        if (variable.size() > name.size() && variable.starts_with(name) &&
            variable[name.size()] == '=') {
            return variable.substr(name.size() + 1);
        }
    }
    return {};
}

}  // namespace respawnd::core
