#include "master/control/session_replay.h"

#include <unistd.h>

#include <chrono>

#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "common/process/memfd.h"
#include "common/process/spawn.h"
#include "master/control/run_program.h"

namespace gp::control {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds patience{120}; // DNS lists and callouts may take their time
constexpr std::size_t most_trace = std::size_t{4} << 20;

// Nothing that came from a client ends a line of what is said here.
std::string text_of(const Json& decision, const char* name)
{
    auto text = decision.value(name, std::string{});
    std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
    return text;
}

// The phases in their order; a decision of one has heard all commands in front of it.
enum class Phase { none, connect, helo, mail, rcpt, data };

Phase phase_of(std::string_view by)
{
    constexpr std::pair<std::string_view, Phase> known[] = {
        {"acl_smtp_connect", Phase::connect}, {"acl_smtp_helo", Phase::helo},    {"acl_smtp_starttls", Phase::helo}, {"acl_smtp_auth", Phase::helo},
        {"acl_smtp_mail", Phase::mail},       {"acl_smtp_mailauth", Phase::mail}, {"acl_smtp_rcpt", Phase::rcpt},     {"acl_smtp_predata", Phase::data},
        {"acl_smtp_data", Phase::data},       {"acl_smtp_mime", Phase::data},    {"acl_smtp_dkim", Phase::data},     {"acl_smtp_data_prdr", Phase::data}};
    for (const auto& [name, phase] : known)
        if (by == name)
            return phase;
    return Phase::none;
}

}

std::string session_up_to(const Json& decision)
{
    const auto phase = phase_of(decision.value("by", std::string{}));
    if (phase == Phase::none)
        return {};
    std::string said;
    const auto add = [&said](const std::string& line) { said += line + "\r\n"; };
    if (phase >= Phase::helo)
        add("EHLO " + (text_of(decision, "helo").empty() ? text_of(decision, "argument") : text_of(decision, "helo")));
    if (phase >= Phase::mail)
        add("MAIL FROM:<" + (phase == Phase::mail ? text_of(decision, "argument") : text_of(decision, "sender")) + ">");
    const auto recipient = text_of(decision, "recipient").empty() ? text_of(decision, "argument") : text_of(decision, "recipient");
    if (phase >= Phase::rcpt && !recipient.empty())
        add("RCPT TO:<" + recipient + ">");
    if (phase >= Phase::data)
        add("DATA\r\nSubject: played again by gatepost explain\r\n\r\n.");
    add("QUIT");
    return said;
}

Result<std::string> replay_session(const Invocation& call, const Json& decision)
{
    const auto said = session_up_to(decision);
    const auto host = text_of(decision, "host");
    if (said.empty() || host.empty())
        return permanent("no session has led to that decision of " + escape(decision.value("by", std::string{})));
    auto program = beside_us("sendmail");
    process::Command command{.path = program, .arguments = {program, "-C", call.config}};
    for (const auto& definition : call.definitions)
        command.arguments.push_back("-D" + definition);
    command.arguments.insert(command.arguments.end(), {"-d-all+acl+lists", "-bh", host});
    for (char** entry = environ; *entry; ++entry)
        command.environment.emplace_back(*entry);
    const auto in = TRY(process::sealed_memfd("session", said));
    ::lseek(in.get(), 0, SEEK_SET);
    const auto out = TRY(process::make_memfd("trace"));
    command.descriptors = {{in.get(), STDIN_FILENO}, {out.get(), STDERR_FILENO}};
    auto child = TRY(process::start(command));
    if (TRY(process::wait_for(child, patience)).timed_out)
        return temporary("the session takes longer than " + std::to_string(patience.count()) + " seconds");
    return process::read_all(out.get(), most_trace);
}

}
