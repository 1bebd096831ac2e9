// gatepost explain WHAT: why it happened, and which lines of the configuration decided it.
//
//     explain 1abcde-000123-4X       a message: its story, the decisions about it, the drivers that carried it
//     explain a@b.example            an address: where it goes now, which routers and lines decide that, the hosts with what
//                                    DNS says of them, and what was decided about it lately
//         --from A --client IP       … as the sender and the client of a message to it
//     explain 192.0.2.1              a host: what was refused to it, and by which statements
//     explain "2026-11-21 10:00:00 … rejected RCPT …"    a line of a log
//         --session              … of what of these was refused in a session, the latest is played again without side
//                                effects: each statement that it comes to, and each condition with the value it sees
//
// The main log says what happened; the decision journal (decision_journal) by which statement; the configuration as it
// is now where a driver stands.

#include <sysexits.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <set>

#include <nlohmann/json.hpp>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/source.h"
#include "common/mainlog/line.h"
#include "common/mainlog/log_file.h"
#include "master/control/loading.h"
#include "master/control/log_files.h"
#include "master/control/run_program.h"
#include "master/control/session_replay.h"
#include "master/control/table.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

using Json = nlohmann::json;

constexpr std::size_t most_decisions = 200; // the latest; more are counted
constexpr std::size_t most_configuration = std::size_t{16} << 20;
constexpr std::int64_t near = 2;            // seconds between a line of the log and its decision

struct Subject {
    std::string id, address, host;
    std::string from, client;          // of a message to the address
    std::string line;                  // a log line, whole
    std::int64_t when = -1;            // of that line, as its stamp is written
    bool is_session = false;           // the session is played again
};

bool is_host(const std::string& word)
{
    return word.find('@') == std::string::npos && !word.empty() &&
           std::ranges::all_of(word, [](char c) { return is_alnum(c) || c == '.' || c == ':' || c == '-'; });
}

// "rejected RCPT <a@b>": the address that a refusal names.
std::string refused_address(std::string_view text)
{
    const auto at = text.find("RCPT <");
    if (at == std::string_view::npos)
        return {};
    const auto rest = text.substr(at + 6);
    return std::string(rest.substr(0, rest.find('>')));
}

std::string bracketed(std::string_view text)
{
    const auto open = text.find('['), close = text.find(']', open);
    return open == std::string_view::npos || close == std::string_view::npos ? std::string{}
                                                                             : std::string(text.substr(open + 1, close - open - 1));
}

// "--session", "--from A" and "--client IP", which stand anywhere, taken out of the words.
Status take_options(std::vector<std::string>& words, Subject& subject)
{
    subject.is_session = std::erase(words, "--session") > 0;
    for (const auto& [name, into] : {std::pair{"--from", &subject.from}, std::pair{"--client", &subject.client}})
        if (const auto at = std::ranges::find(words, name); at != words.end()) {
            if (std::next(at) == words.end())
                return permanent(std::string(name) + " wants a value");
            *into = *std::next(at);
            words.erase(at, at + 2);
        }
    return {};
}

Result<Subject> subject_of(std::vector<std::string> words)
{
    Subject subject;
    TRY(take_options(words, subject));
    const bool has_options = !subject.from.empty() || !subject.client.empty();
    const auto text = join(words, " ");
    if (const auto line = mainlog::parse_line(text); line && words.size() + split(text, ' ').size() > 2) {
        subject.line = text;
        subject.id = line->id;
        subject.when = line->milliseconds / 1000;
        if (const auto host = mainlog::host(line->text))
            subject.host = host->address;
        else
            subject.host = bracketed(line->text);
        subject.address = refused_address(line->text);
        return subject;
    }
    if (words.size() != 1)
        return permanent("say one thing: a message id, an address, a host, or a line of a log in quotes");
    if (has_options && text.find('@') == std::string::npos)
        return permanent("--from and --client are for an address");
    if (mainlog::id_length(text) == text.size() && !text.empty())
        subject.id = text;
    else if (text.find('@') != std::string::npos)
        subject.address = text;
    else if (is_host(text))
        subject.host = text;
    else
        return permanent("\"" + escape(text) + "\" is no message id, address, host or line of a log");
    return subject;
}

// The stamp of a decision as the log would write it: for comparing with a line of the log.
std::int64_t written(std::int64_t seconds)
{
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    ::localtime_r(&time, &parts);
    return static_cast<std::int64_t>(::timegm(&parts));
}

bool names_address(const Json& decision, const std::string& address)
{
    for (const char* name : {"recipient", "address", "sender", "argument"})
        if (same_nocase(decision.value(name, std::string{}), address))
            return true;
    return false;
}

bool is_about(const Json& decision, const Subject& subject)
{
    const auto text = [&](const char* name) { return decision.value(name, std::string{}); };
    if (!subject.line.empty()) {
        if (!subject.id.empty() && text("id") == subject.id)
            return true;
        const auto apart = std::abs(written(decision.value("when", std::int64_t{0})) - subject.when);
        const bool same_host = !subject.host.empty() && text("host") == subject.host;
        const bool same_address = subject.address.empty() || names_address(decision, subject.address);
        return apart <= near && same_host && same_address && text("verdict") != "accept";
    }
    if (!subject.id.empty())
        return text("id") == subject.id;
    if (!subject.address.empty())
        return names_address(decision, subject.address);
    return text("host") == subject.host || same_nocase(text("host_name"), subject.host) ||
           same_nocase(text("helo"), subject.host) || same_nocase(text("first_host"), subject.host);
}

Result<std::vector<Json>> decisions_about(const Invocation& call, const Subject& subject)
{
    std::vector<Json> found;
    // The older file first: its name is longer by ".old".
    auto files = TRY(log_files(call, "decision"));
    std::ranges::sort(files, std::ranges::greater{}, &std::string::size);
    for (const auto& path : files) {
        auto file = TRY(mainlog::LogFile::open(path));
        std::string_view line;
        while (file.next(line)) {
            auto decision = Json::parse(line, nullptr, false);
            if (decision.is_object() && is_about(decision, subject))
                found.push_back(std::move(decision));
        }
    }
    return found;
}

// The text that stands there now; empty when the file may not be read.
std::string text_at(const std::string& place)
{
    const auto colon = place.rfind(':');
    const auto number = colon == std::string::npos ? Result<std::uint64_t>(permanent("")) : parse_unsigned(place.substr(colon + 1));
    if (!number)
        return {};
    const auto text = config::read_file(place.substr(0, colon), most_configuration);
    if (!text)
        return {};
    const auto lines = split(*text, '\n');
    return *number >= 1 && *number <= lines.size() ? std::string(trim(lines[*number - 1])) : std::string{};
}

void put_place(std::string& out, std::string_view what, const std::string& place)
{
    if (place.empty())
        return;
    const auto text = text_at(place);
    out += "    " + std::string(what) + " " + place + (text.empty() ? "" : ": " + escape(text, true)) + "\n";
}

std::string shown(const Json& decision)
{
    const auto text = [&](const char* name) { return decision.value(name, std::string{}); };
    const auto when = static_cast<std::time_t>(decision.value("when", std::int64_t{0}));
    std::tm parts{};
    ::localtime_r(&when, &parts);
    char stamp[32];
    std::strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", &parts);
    std::string out = std::string(stamp) + " " + escape(text("by")) + ": " + escape(text("verdict")) + "\n";
    put_place(out, "decided at", text("at"));
    put_place(out, "router " + text("router") + " at", text("router_at"));
    put_place(out, "transport " + text("transport") + " at", text("transport_at"));
    for (const char* name : {"id", "host", "host_name", "helo", "login", "sender", "recipient", "address", "argument", "first_host", "says", "logs"})
        if (const auto value = text(name); !value.empty())
            out += "    " + std::string(name) + " = " + escape(value, true) + "\n";
    return out;
}

// The lines of the message, and the names behind R= and T= in them.
struct Story {
    std::vector<std::string> lines;
    std::set<std::string> routers, transports;
};

Result<Story> story_of(const Invocation& call, const Subject& subject)
{
    Story story;
    for (const auto& path : TRY(log_files(call, "main"))) {
        auto file = TRY(mainlog::LogFile::open(path));
        std::string_view text;
        while (file.next(text)) {
            const auto line = mainlog::parse_line(text);
            if (!line || line->id != subject.id)
                continue;
            story.lines.emplace_back(line->from_stamp);
            if (line->flag == mainlog::Flag::received)
                continue; // R= is the message that a bounce is about
            if (const auto router = mainlog::field(line->text, "R="))
                story.routers.emplace(*router);
            if (const auto transport = mainlog::field(line->text, "T="))
                story.transports.emplace(*transport);
        }
    }
    return story;
}

void put_drivers(std::string& out, std::string_view kind, const std::set<std::string>& names, const std::vector<conf::Driver>& drivers)
{
    for (const auto& name : names)
        for (const auto& driver : drivers)
            if (driver.name == name)
                put_place(out, std::string(kind) + " " + name + " at", driver.origin.text());
}

// With --json every line of text is an object of its own, as gatepost log has them.
std::string as_lines(const std::string& text, bool json)
{
    if (!json)
        return text;
    std::string out;
    for (const auto line : split(text, '\n'))
        if (!line.empty())
            out += Json{{"line", line}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    return out;
}

// A trace has what strangers sent.
std::string escape_lines(const std::string& text)
{
    std::string out;
    for (const auto line : split(text, '\n'))
        out += escape(line, true) + "\n";
    return out;
}

std::vector<std::string> question_about(const Invocation& call, const Subject& subject)
{
    std::vector<std::string> words = {beside_us("sendmail"), "-C", call.config};
    for (const auto& definition : call.definitions)
        words.push_back("-D" + definition);
    if (!subject.from.empty())
        words.insert(words.end(), {"-f", subject.from});
    if (!subject.client.empty())
        words.insert(words.end(), {"-oMa", subject.client});
    words.insert(words.end(), {"-explain", "--", subject.address});
    return words;
}

// The latest refusal alone: what was journalled of it, and its session once more.
int show_session(const Invocation& call, const Subject& subject)
{
    const auto decisions = decisions_about(call, subject);
    if (!decisions)
        return fail(EX_NOINPUT, decisions.error().text);
    const auto refusal = std::ranges::find_if(decisions->rbegin(), decisions->rend(), [](const Json& one) {
        return one.value("verdict", std::string{}) != "accept" && !session_up_to(one).empty();
    });
    if (refusal == decisions->rend())
        return fail(1, "the decision journal (decision_journal) has no session in which it was refused");
    const auto trace = replay_session(call, *refusal);
    if (!trace)
        return fail(EX_UNAVAILABLE, trace.error().text);
    const std::string heading = "The session again, by the configuration, the DNS and the counts of now:\n";
    std::string out = call.json ? refusal->dump(-1, ' ', false, Json::error_handler_t::replace) + "\n" : shown(*refusal) + heading;
    return print(out + as_lines(escape_lines(std::string(trim_right(*trace))), call.json)) ? EX_OK : EX_IOERR;
}

int show(const Invocation& call, const Subject& subject)
{
    if (subject.is_session)
        return show_session(call, subject);
    std::string out;
    bool any = false;
    if (!subject.id.empty()) {
        const auto story = story_of(call, subject);
        if (!story)
            return fail(EX_NOINPUT, story.error().text);
        for (const auto& line : story->lines)
            out += line + "\n";
        any = !story->lines.empty();
        if (const auto configuration = load_configuration(call)) {
            put_drivers(out, "router", story->routers, (*configuration)->routers);
            put_drivers(out, "transport", story->transports, (*configuration)->transports);
        }
    }
    // Where it goes now, by the configuration as it is.
    if (!subject.address.empty() && subject.line.empty() && !call.json && !call.config.empty())
        any = run_program(question_about(call, subject)) != EX_USAGE;
    const auto decisions = decisions_about(call, subject);
    if (!decisions)
        return fail(EX_NOINPUT, decisions.error().text);
    const auto from = decisions->size() > most_decisions ? decisions->size() - most_decisions : 0;
    if (from > 0)
        out += std::to_string(from) + " earlier decisions are not shown\n";
    out = as_lines(out, call.json);
    for (std::size_t i = from; i < decisions->size(); ++i)
        out += call.json ? (*decisions)[i].dump(-1, ' ', false, Json::error_handler_t::replace) + "\n" : shown((*decisions)[i]);
    any = any || !decisions->empty();
    if (!any)
        return fail(1, "nothing is known of it: neither the main log nor the decision journal (decision_journal) names it");
    return print(out) ? EX_OK : EX_IOERR;
}

int explain(const Invocation& call)
{
    const auto subject = subject_of(call.arguments);
    if (!subject)
        return fail(EX_USAGE, subject.error().text);
    return show(call, *subject);
}

const RegisterVerb self{{
    .name = "explain",
    .usage = "explain ID|ADDRESS [--from A] [--client IP]|HOST|LINE [--session] [--json]",
    .text = "Why it happened: the story of a message, and which lines of the configuration decided. With --session the latest refusal of it is played again without side effects: each ACL statement that it comes to, by file and line, and each condition with the value that it sees.",
    .run = explain,
}};

}
}
