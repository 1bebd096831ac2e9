#include "common/mail/header_list.h"

#include <algorithm>

#include "common/base/text.h"

namespace gp::mail {
namespace {

// The line at `at` with its line end; to the end of the text when there is none.
std::string_view line_at(std::string_view text, std::size_t at)
{
    const auto end = text.find('\n', at);
    return text.substr(at, end == std::string_view::npos ? std::string_view::npos : end - at + 1);
}

std::size_t without_line_end(std::string_view line)
{
    auto size = line.size();
    if (size > 0 && line[size - 1] == '\n')
        --size;
    if (size > 0 && line[size - 1] == '\r')
        --size;
    return size;
}

bool is_continuation(std::string_view line)
{
    return without_line_end(line) > 0 && (line[0] == ' ' || line[0] == '\t');
}

// The header at `at`: its first line and all that continue it. Also tells its length once joined.
std::string_view header_at(std::string_view text, std::size_t at, std::size_t& joined)
{
    auto line = line_at(text, at);
    auto end = at + line.size();
    joined = without_line_end(line);
    while (end < text.size()) {
        line = line_at(text, end);
        if (!is_continuation(line))
            break;
        end += line.size();
        joined += without_line_end(line);
    }
    return text.substr(at, end - at);
}

bool begins_header(std::string_view line)
{
    return header_name_length(line) != std::string_view::npos;
}

}

std::string_view overlong_text(Overlong why)
{
    return why == Overlong::line ? "A message header line is too long" : "Message header too big";
}

Result<HeaderList::Parsed> HeaderList::parse(std::string_view message, const HeaderLimits& limits)
{
    auto out = read(message, limits);
    if (out.overlong == Overlong::no)
        return out;
    return permanent(std::string(overlong_text(out.overlong)), Cause::too_big);
}

HeaderList::Parsed HeaderList::read(std::string_view message, const HeaderLimits& limits)
{
    Parsed out;
    const auto stopped = [&](Overlong why) {
        out.overlong = why;
        return std::move(out);
    };
    std::size_t at = 0;
    while (at < message.size()) {
        const auto line = line_at(message, at);
        if (at == 0 && without_line_end(line) + 1 == line.size())
            out.headers.line_end_ = "\n";
        if (without_line_end(line) == 0 || !begins_header(line)) {
            out.has_empty_line = without_line_end(line) == 0;
            out.complete = true;
            out.body = out.has_empty_line ? at + line.size() : at;
            return out;
        }
        std::size_t joined = 0;
        const auto header = header_at(message, at, joined);
        if (at + header.size() > limits.header_maxsize || out.headers.size() >= limits.headers_max)
            return stopped(Overlong::headers);
        if (limits.header_line_maxsize > 0 && joined > limits.header_line_maxsize)
            return stopped(Overlong::line);
        out.headers.headers_.emplace_back(std::string(header));
        at += header.size();
    }
    out.body = message.size();
    return out;
}

const Header* HeaderList::find(std::string_view name) const
{
    const auto at = std::ranges::find_if(headers_, [&](const Header& header) { return header.is(name); });
    return at == headers_.end() ? nullptr : &*at;
}

Header* HeaderList::find(std::string_view name)
{
    const auto at = std::ranges::find_if(headers_, [&](const Header& header) { return header.is(name); });
    return at == headers_.end() ? nullptr : &*at;
}

std::size_t HeaderList::count(std::string_view name) const
{
    return static_cast<std::size_t>(
        std::ranges::count_if(headers_, [&](const Header& header) { return header.is(name); }));
}

std::vector<std::string> HeaderList::values(std::string_view name) const
{
    std::vector<std::string> out;
    for (const auto& header : headers_)
        if (header.is(name))
            out.push_back(header.value());
    return out;
}

std::vector<Header> HeaderList::split(std::string_view text) const
{
    std::string lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto line = line_at(text, at);
        lines += line.substr(0, without_line_end(line));
        lines += line_end_;
        at += line.size();
    }
    std::vector<Header> out;
    for (std::size_t at = 0; at < lines.size();) {
        std::size_t joined = 0;
        const auto header = header_at(lines, at, joined);
        at += header.size();
        if (joined == 0)
            continue;
        out.emplace_back(begins_header(header) ? std::string(header) : "X-ACL-Warn: " + std::string(trim_left(header)));
    }
    return out;
}

void HeaderList::insert(std::size_t at, std::string_view text)
{
    auto added = split(text);
    headers_.insert(headers_.begin() + static_cast<std::ptrdiff_t>(at), std::make_move_iterator(added.begin()),
                    std::make_move_iterator(added.end()));
}

void HeaderList::add_bottom(std::string_view text)
{
    insert(headers_.size(), text);
}

void HeaderList::add_top(std::string_view text)
{
    insert(0, text);
}

void HeaderList::add_after_received(std::string_view text)
{
    std::size_t at = 0;
    while (at < headers_.size() && !headers_[at].is("Received"))
        ++at;
    if (at == headers_.size())
        return insert(0, text);
    while (at < headers_.size() && headers_[at].is("Received"))
        ++at;
    insert(at, text);
}

void HeaderList::add_before_first(std::string_view text)
{
    const auto stays_in_front = [](const Header& header) { return header.is("Received") || starts_nocase(header.name(), "Resent-"); };
    auto at = std::ranges::find_if(headers_, stays_in_front); // what was put above them stays there
    at = at == headers_.end() ? headers_.begin() : std::find_if_not(at, headers_.end(), stays_in_front);
    insert(static_cast<std::size_t>(at - headers_.begin()), text);
}

std::size_t HeaderList::remove(std::string_view name)
{
    if (name.ends_with('*')) {
        name.remove_suffix(1);
        return remove_if([&](const Header& header) { return starts_nocase(header.name(), name); });
    }
    return remove_if([&](const Header& header) { return header.is(name); });
}

std::size_t HeaderList::remove_if(const std::function<bool(const Header&)>& unwanted)
{
    return std::erase_if(headers_, [&](const Header& header) {
        const bool goes = unwanted(header);
        lost_resent_ = lost_resent_ || (goes && starts_nocase(header.name(), "Resent-"));
        return goes;
    });
}

bool HeaderList::is_resent() const
{
    return lost_resent_ || std::ranges::any_of(headers_,
                               [](const Header& header) { return starts_nocase(header.name(), "Resent-"); });
}

std::string HeaderList::in_force(std::string_view name) const
{
    return is_resent() ? "Resent-" + std::string(name) : std::string(name);
}

std::string HeaderList::text() const
{
    std::string out;
    out.reserve(octets());
    for (const auto& header : headers_)
        out += header.text();
    return out;
}

std::size_t HeaderList::octets() const
{
    std::size_t sum = 0;
    for (const auto& header : headers_)
        sum += header.text().size();
    return sum;
}

}
