#include "common/expand/command.h"

#include "common/base/text.h"
#include "common/lookup/quoted.h"

namespace gp::expand {
namespace {

Error failed(Error error, std::string_view argument, std::string_view command, std::string_view where)
{
    error.text = "Expansion of \"" + std::string(argument) + "\" from command \"" + std::string(command) + "\" in " +
                 std::string(where) + " failed: " + error.text;
    return error;
}

}

std::vector<std::string> split_command(std::string_view command)
{
    std::vector<std::string> out;
    std::size_t at = 0;
    while (true) {
        while (at < command.size() && is_space(command[at]))
            ++at;
        if (at >= command.size())
            return out;
        if (command[at] != '\'') {
            out.push_back(lookup::read_word(command, at));
            continue;
        }
        const auto end = std::min(command.find('\'', at + 1), command.size());
        out.emplace_back(command.substr(at + 1, end - at - 1));
        at = std::min(end + 1, command.size());
    }
}

Result<Command> Command::parse(const Language& language, std::string_view command, std::string_view where)
{
    Command out;
    out.source_ = command;
    out.where_ = where;
    for (const auto& argument : split_command(command)) {
        auto parsed = language.parse(argument);
        if (!parsed)
            return failed(std::move(parsed).error(), argument, command, where);
        out.arguments_.push_back(std::move(*parsed));
    }
    return out;
}

Result<std::vector<Text>> Command::expand(Scene& scene) const
{
    std::vector<Text> out;
    for (const auto& argument : arguments_) {
        auto text = argument.expand(scene);
        if (!text)
            return failed(std::move(text).error(), argument.source(), source_, where_);
        out.push_back(std::move(*text));
    }
    return out;
}

}
