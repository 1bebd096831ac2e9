#include "delivery/local/job.h"

#include <array>
#include <cerrno>
#include <cstring>

namespace gp::local {

using delivery::Fate;
using delivery::Outcome;

namespace {

// The log has a system error's number, and its words first, as Exim's does.
void tell_number(Outcome& outcome)
{
    constexpr std::int32_t bad_creation = -34, bad_filter = -24; // Exim's, for create_file and transport_filter
    constexpr std::int32_t not_regular = -4, not_directory = -5, bad_owner = -6, bad_mode = -7, not_absolute = -21, lock_failed = -9;
    constexpr std::array usual = {EACCES, ENOENT, ENXIO, ENOTDIR, EISDIR, EPERM, EROFS, ENOSPC, EDQUOT, ELOOP, ENAMETOOLONG, EIO};
    if (outcome.text.ends_with("outside the home directory is not permitted"))
        outcome.error_number = bad_creation;
    if (outcome.text.starts_with("transport filter process failed ("))
        outcome.error_number = bad_filter;
    if (outcome.text.starts_with("transport filter timeout"))
        outcome.error_number = delivery::no_error_number;
    const auto has = [&](std::string_view words) { return outcome.text.find(words) != std::string::npos; };
    if (outcome.text.starts_with("failed to lock mailbox "))
        outcome.error_number = lock_failed;
    if (outcome.text.starts_with("/") && outcome.text.ends_with(" is not a directory"))
        outcome.error_number = not_directory;
    if (outcome.text.starts_with("mailbox /")) {
        if (outcome.text.ends_with(" is not a regular file") || has(" has too many links (") || has(" not a regular file or too many links"))
            outcome.error_number = not_regular;
        if (has(" has wrong uid (") || has(" has wrong gid ("))
            outcome.error_number = bad_owner;
        if (has(" has the wrong mode "))
            outcome.error_number = bad_mode;
    }
    if (outcome.text.starts_with("appendfile: file or directory name ") && outcome.text.ends_with(" is not absolute"))
        outcome.error_number = not_absolute;
    for (const int number : usual) {
        const std::string words = std::strerror(number);
        const bool is_first = outcome.text.starts_with(words + ": ");
        if (!is_first && !outcome.text.ends_with(": " + words))
            continue;
        outcome.error_number = number;
        if (!is_first)
            outcome.text = words + ": " + outcome.text;
        return;
    }
}

}

std::string framed(std::string_view octets)
{
    std::string frame;
    frame.reserve(frame_head + octets.size());
    for (unsigned shift = 0; shift < 32; shift += 8)
        frame.push_back(static_cast<char>(octets.size() >> shift));
    return frame.append(octets);
}

std::size_t framed_size(std::string_view head)
{
    std::size_t size = 0;
    for (unsigned i = 0; i < frame_head; ++i)
        size |= std::size_t{static_cast<std::uint8_t>(head[i])} << (8 * i);
    return size;
}

delivery::DeliverReply report(const Job& job, const Outcome& outcome)
{
    delivery::DeliverReply reply;
    for (std::uint32_t i = 0; i < job.request.targets.size(); ++i) {
        reply.outcomes.push_back(outcome);
        reply.outcomes.back().target = i;
    }
    return reply;
}

Outcome delivered(std::string text)
{
    return {.fate = Fate::delivered, .text = std::move(text)};
}

Outcome deferred(std::string text, std::string error_name)
{
    return {.fate = Fate::deferred, .text = std::move(text), .error_name = std::move(error_name)};
}

Outcome failed(std::string text)
{
    return {.fate = Fate::failed, .text = std::move(text)};
}

Outcome outcome_of(const Error& error)
{
    if (error.blame == Blame::permanent)
        return failed(error.text);
    auto outcome = deferred(error.text, error.cause == Cause::no_space ? "quota" : "");
    if (error.cause != Cause::no_space)
        tell_number(outcome);
    return outcome;
}

}
