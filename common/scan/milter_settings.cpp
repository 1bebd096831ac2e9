#include "common/scan/milter_settings.h"

#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::scan {
namespace {

constexpr std::pair<std::string_view, mail::MilterDefault> actions[] = {
    {"accept", mail::MilterDefault::accept},         {"reject", mail::MilterDefault::reject},
    {"tempfail", mail::MilterDefault::tempfail},     {"quarantine", mail::MilterDefault::quarantine},
    {"shutdown", mail::MilterDefault::shutdown},
};

bool is_separator(char c)
{
    return is_space(c) || c == ',';
}

// What stands between commas and blanks; braces hold together what is between them.
Result<std::vector<std::string_view>> items_of(std::string_view text)
{
    std::vector<std::string_view> items;
    while (true) {
        while (!text.empty() && is_separator(text.front()))
            text.remove_prefix(1);
        if (text.empty())
            return items;
        std::size_t end = 0;
        if (text.front() == '{') {
            end = text.find('}');
            if (end == std::string_view::npos)
                return misconfigured("a closing brace is missing behind \"" + escape(text) + "\"");
            ++end;
        } else {
            while (end < text.size() && !is_separator(text[end]))
                ++end;
        }
        items.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

Result<std::uint32_t> seconds_of(std::string_view text)
{
    const auto time = TRY(parse_duration(text));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
    if (seconds < 1 || seconds > 24 * 3600)
        return misconfigured("\"" + escape(text) + "\": from 1s to 1d");
    return static_cast<std::uint32_t>(seconds);
}

Status read_setting(std::string_view word, mail::Milter& milter)
{
    const auto equals = word.find('=');
    const auto name = trim(word.substr(0, equals)), value = trim(word.substr(std::min(equals, word.size() - 1) + 1));
    if (equals == std::string_view::npos)
        return misconfigured("\"" + escape(word) + "\" is not NAME=VALUE");
    if (name == "connect_timeout")
        milter.connect_timeout = TRY(seconds_of(value));
    else if (name == "command_timeout")
        milter.command_timeout = TRY(seconds_of(value));
    else if (name == "content_timeout")
        milter.content_timeout = TRY(seconds_of(value));
    else if (name == "default_action")
        milter.default_action = TRY(milter_default(value));
    else if (name == "fallback")
        milter.places.emplace_back(value);
    else
        return misconfigured("\"" + escape(name) + "\" is no setting of a milter: connect_timeout, command_timeout, "
                             "content_timeout, default_action and fallback are");
    return {};
}

Result<mail::Milter> milter_of(std::string_view item, const mail::Milter& usual)
{
    auto milter = usual;
    milter.places.clear();
    std::vector<std::string_view> words{item};
    if (item.starts_with('{'))
        words = TRY(items_of(item.substr(1, item.size() - 2)));
    if (words.empty())
        return misconfigured("a milter without an address");
    milter.places.emplace_back(words.front());
    for (const auto word : std::span(words).subspan(1))
        TRY(read_setting(word, milter));
    for (const auto& place : milter.places)
        TRY(milter_place(place));
    return milter;
}

}

Result<mail::MilterDefault> milter_default(std::string_view word)
{
    for (const auto& [name, action] : actions)
        if (name == word)
            return action;
    return misconfigured("\"" + escape(word) + "\" is none of accept, reject, tempfail, quarantine and shutdown");
}

Result<Server> milter_place(std::string_view text)
{
    const auto colon = text.find(':');
    const auto kind = text.substr(0, colon);
    const auto rest = text.substr(std::min(colon, text.size() - 1) + 1);
    Server server;
    if ((kind == "unix" || kind == "local") && rest.starts_with('/')) {
        server.host = rest;
        return server;
    }
    const auto at = rest.find('@'), last = rest.rfind(':');
    const bool is_inet = kind == "inet" || kind == "inet6";
    if (!is_inet || (at == std::string_view::npos && last == std::string_view::npos))
        return misconfigured("\"" + escape(text) + "\" is no address of a milter: inet:HOST:PORT and unix:/PATH are");
    auto host = at == std::string_view::npos ? rest.substr(0, last) : rest.substr(at + 1);
    const auto port = parse_unsigned(at == std::string_view::npos ? rest.substr(last + 1) : rest.substr(0, at));
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    if (!port || *port == 0 || *port > 65535 || host.empty())
        return misconfigured("\"" + escape(text) + "\" has no host and port: inet:HOST:PORT is wanted");
    server.host = host;
    server.first_port = server.last_port = static_cast<std::uint16_t>(*port);
    return server;
}

Result<std::vector<mail::Milter>> milters_in(std::string_view option, const mail::Milter& usual)
{
    std::vector<mail::Milter> milters;
    for (const auto item : TRY(items_of(option)))
        milters.push_back(TRY(milter_of(item, usual)));
    if (milters.size() > most_milters)
        return misconfigured("more than " + std::to_string(most_milters) + " milters");
    return milters;
}

}
