#include "cleanup/letter.h"

#include <algorithm>

#include "cleanup/spoold/protocol.h"

namespace gp::cleanup {
Letter::Letter(std::string id, const Parameters& parameters, ipc::Link& spoold)
    : id_(std::move(id)), parameters_(parameters), spoold_(spoold)
{
}

Letter::~Letter()
{
    if (keeper_ && !kept_ && keeper_->is_open())
        keeper_->send(spoold::LargeAbandon{id_});
}

std::uint64_t Letter::counted() const
{
    const auto lines = body_lines_ + static_cast<std::uint64_t>(std::ranges::count(head_, '\n'));
    return octets_ - std::min<std::uint64_t>(octets_, lines);
}

// While it lives, nobody else may add octets.
class Letter::Busy {
public:
    explicit Busy(bool& flag) : flag_(flag) { flag_ = true; }
    ~Busy() { flag_ = false; }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

private:
    bool& flag_;
};

Status Letter::add(std::string_view octets)
{
    const Busy busy{is_busy_};
    octets_ += octets.size();
    measure_lines(octets);
    if (has_headers_) {
        add_body(octets);
    } else {
        head_ += octets;
        TRY(read_headers(false));
    }
    if (body_.size() <= parameters_.large_message && !is_large())
        return {};
    // Whole parts only; the rest waits for more.
    std::size_t sent = 0;
    while (body_.size() - sent >= spoold::part_size) {
        TRY(send_large(std::string_view(body_).substr(sent, spoold::part_size)));
        sent += spoold::part_size;
    }
    body_.erase(0, sent);
    return {};
}

Status Letter::finish()
{
    const Busy busy{is_busy_};
    if (!has_headers_)
        TRY(read_headers(true));
    if (!is_large() && body_.size() <= parameters_.large_message)
        return {};
    std::string_view rest = body_;
    while (!rest.empty()) {
        const auto piece = rest.substr(0, spoold::part_size);
        TRY(send_large(piece));
        rest.remove_prefix(piece.size());
    }
    body_.clear();
    return {};
}

Status Letter::replace_body(std::string octets)
{
    if (keeper_)
        keeper_->send(spoold::LargeAbandon{id_});
    large_sent_ = 0;
    file_ = {};
    body_.clear();
    body_start_.clear();
    body_end_.clear();
    body_lines_ = longest_line_ = line_ = 0;
    measure_lines(octets);
    add_body(octets);
    return finish();
}

// Parsing starts when the empty line may be there, so that a message that trickles in is not read over
// and over; the limit on the headers is checked all the time.
Status Letter::read_headers(bool last)
{
    const bool may_be_complete = last || head_.starts_with("\r\n") || head_.find("\r\n\r\n") != std::string::npos;
    if (!may_be_complete && head_.size() <= parameters_.header_maxsize)
        return {};
    auto parsed = mail::HeaderList::read(head_, {.header_maxsize = parameters_.header_maxsize,
                                                 .header_line_maxsize = parameters_.header_line_maxsize});
    if (parsed.overlong != mail::Overlong::no) {
        const bool is_line = parsed.overlong == mail::Overlong::line;
        trouble_ = {parsed.overlong, is_line ? parameters_.header_line_maxsize : parameters_.header_maxsize};
        return permanent(std::string(mail::overlong_text(parsed.overlong)));
    }
    if (!parsed.complete && !last && head_.size() <= parameters_.header_maxsize)
        return {};
    has_headers_ = true;
    headers_ = std::move(parsed.headers);
    const std::string body = head_.substr(parsed.body);
    head_.resize(parsed.body);
    add_body(body);
    return {};
}

// Lines end with CRLF here; their ends do not count ($max_received_linelength).
void Letter::measure_lines(std::string_view octets)
{
    while (!octets.empty()) {
        const auto end = octets.find('\n');
        line_ += static_cast<std::uint32_t>(std::min(end, octets.size()));
        if (end == std::string_view::npos)
            return;
        longest_line_ = std::max(longest_line_, line_ > 0 ? line_ - 1 : 0);
        line_ = 0;
        octets.remove_prefix(end + 1);
    }
}

void Letter::add_body(std::string_view octets)
{
    body_ += octets;
    body_lines_ += static_cast<std::uint32_t>(std::ranges::count(octets, '\n'));
    const std::size_t visible = parameters_.message_body_visible;
    if (body_start_.size() < visible)
        body_start_ += octets.substr(0, visible - body_start_.size());
    if (octets.size() >= visible) {
        body_end_ = octets.substr(octets.size() - visible);
        return;
    }
    body_end_ += octets;
    if (body_end_.size() > visible)
        body_end_.erase(0, body_end_.size() - visible);
}

Status Letter::send_large(std::string_view octets)
{
    const auto deadline = event::Deadline::in(Duration{std::int64_t{parameters_.spool_timeout} * 1000});
    if (!keeper_)
        keeper_ = TRY(spoold_.pick(deadline));
    TRY(keeper_->call(spoold::LargePart{.id = id_, .offset = large_sent_, .octets = std::string(octets)}, deadline));
    large_sent_ += octets.size();
    return {};
}

Result<ipc::Fd> Letter::file()
{
    if (!keeper_)
        return permanent(id_ + " has no large body");
    if (!file_)
        file_ = TRY(keeper_->call(spoold::ReadLarge{id_}, event::Deadline::in(Duration{std::int64_t{parameters_.spool_timeout} * 1000}))).file;
    return file_;
}

}
