#include "common/mail/address_parser.h"

#include "common/base/text.h"

namespace gp::mail {
namespace {

constexpr std::size_t shown_of_rest = 32; // octets of what may not follow, in the error text

bool is_control(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte < ' ' || byte == 127;
}

bool is_special(char c)
{
    return std::string_view("()<>@,;:\\\".[] ").find(c) != std::string_view::npos;
}

bool is_atom_char(char c)
{
    return !is_control(c) && !is_special(c);
}

// Length of the UTF-8 sequence at the start of `text`, 0 when there is none (or plain ASCII).
std::size_t utf8_length(std::string_view text)
{
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t length = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    if (length == 0 || lead >= 0xf5 || text.size() < length)
        return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80)
            return 0;
    return length;
}

// Reads one address from the start of a text to its end. Each step returns the error's text, empty
// when all is well.
class Reader {
public:
    Reader(std::string_view text, const AddressRules& rules) : text_(text), rules_(rules) {}

    Result<ParsedAddress> read();

private:
    using Fault = std::string;

    bool ended() const { return at_ >= text_.size(); }
    bool sees(char c) const { return !ended() && text_[at_] == c; }
    void skip() { at_ = skip_comments(text_, at_); }

    Fault read_bare_or_phrase();
    Fault read_in_brackets();
    Fault read_route();
    Fault read_local_part();
    Fault read_quoted();
    void read_atom();
    Fault read_domain();
    Fault read_domain_literal();
    bool read_subdomain();
    Fault skip_phrase();
    Fault add_domain();
    Fault close_brackets(std::size_t brackets);
    Fault unexpected() const;

    std::string_view text_;
    const AddressRules& rules_;
    std::size_t at_ = 0;
    std::size_t start_ = 0;
    ParsedAddress out_;
    std::string part_; // what the last read_local_part() or read_domain() gave
};

Result<ParsedAddress> Reader::read()
{
    skip();
    start_ = at_;
    if (ended() || sees(';')) // which ends an address, as its text does
        return permanent("empty address");
    Fault fault = sees('<') ? read_in_brackets() : read_bare_or_phrase();
    if (fault.empty()) {
        skip();
        if (!ended())
            fault = unexpected();
    }
    if (!fault.empty())
        return permanent(std::move(fault));
    if (out_.address.size() > max_address)
        return permanent("address is ridiculously long: " + out_.address.substr(0, 64) + "...");
    return std::move(out_);
}

Reader::Fault Reader::unexpected() const
{
    return "malformed address: " + std::string(text_.substr(at_, shown_of_rest)) + " may not follow " +
           std::string(text_.substr(0, at_));
}

// "a@b", "@route:a@b", "a", or a phrase that leads to <a@b>.
Reader::Fault Reader::read_bare_or_phrase()
{
    out_.begin = at_;
    if (sees('@')) {
        if (auto fault = read_route(); !fault.empty())
            return fault;
        if (auto fault = read_local_part(); !fault.empty())
            return fault;
        out_.address = part_;
        return sees('@') ? add_domain() : "domain missing in source-routed address";
    }
    auto fault = read_local_part();
    if (fault.starts_with("missing"))
        return fault + " (expected word or \"<\")";
    if (!fault.empty())
        return fault;
    if (ended() || sees('@') || sees(';')) {
        out_.address = part_;
        if (sees('@'))
            return add_domain();
        return {};
    }
    if (auto wrong = skip_phrase(); !wrong.empty())
        return wrong;
    return read_in_brackets();
}

Reader::Fault Reader::skip_phrase()
{
    while (!sees('<')) {
        if (ended() || !read_local_part().empty())
            return "missing or malformed local part (expected word or \"<\")";
    }
    return {};
}

Reader::Fault Reader::read_in_brackets()
{
    std::size_t brackets = 1;
    ++at_;
    while (rules_.strip_excess_angle_brackets && sees('<')) {
        ++brackets;
        ++at_;
    }
    skip();
    out_.begin = at_;
    out_.end = at_;
    if (rules_.allow_null && sees('>'))
        return close_brackets(brackets);
    const bool routed = sees('@');
    if (routed)
        if (auto fault = read_route(); !fault.empty())
            return fault;
    const auto local_at = at_;
    if (auto fault = read_local_part(); !fault.empty())
        return fault;
    out_.address = part_;
    if (sees('@')) {
        if (auto fault = add_domain(); !fault.empty())
            return fault;
    } else if (routed) {
        return "domain missing in source-routed address";
    } else if (!sees('>')) {
        return "\"@\" or \".\" expected after \"" + std::string(trim_right(text_.substr(local_at, at_ - local_at))) +
               "\"";
    }
    return close_brackets(brackets);
}

Reader::Fault Reader::close_brackets(std::size_t brackets)
{
    for (; brackets > 0; --brackets) {
        skip();
        if (ended())
            return "'>' missing at end of address";
        if (!sees('>'))
            return unexpected();
        ++at_;
    }
    return {};
}

// RFC 5321 section 4.1.1.3 and appendix C: a source route is read and thrown away.
Reader::Fault Reader::read_route()
{
    while (sees('@')) {
        ++at_;
        if (auto fault = read_domain(); !fault.empty())
            return fault;
        if (sees(',')) {
            ++at_;
            skip();
        } else if (!sees(':')) {
            return "no local part";
        }
    }
    if (!sees(':'))
        return "no local part";
    ++at_;
    skip();
    return {};
}

Reader::Fault Reader::add_domain()
{
    ++at_; // the @
    if (auto fault = read_domain(); !fault.empty())
        return fault;
    out_.address += '@';
    out_.domain_at = out_.address.size();
    out_.address += part_;
    return {};
}

// Words and dots; blanks and comments between them vanish. out_.end follows.
Reader::Fault Reader::read_local_part()
{
    part_.clear();
    skip();
    for (;;) {
        if (sees('"')) {
            if (auto fault = read_quoted(); !fault.empty())
                return fault;
        } else {
            read_atom();
        }
        out_.end = at_;
        skip();
        if (!sees('.'))
            break;
        part_ += '.';
        out_.end = ++at_;
        skip();
    }
    return part_.empty() ? "missing or malformed local part" : Fault{};
}

void Reader::read_atom()
{
    while (!ended()) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
            part_ += text_[at_++];
            part_ += text_[at_++];
        } else if (is_atom_char(text_[at_])) {
            part_ += text_[at_++];
        } else {
            return;
        }
    }
}

Reader::Fault Reader::read_quoted()
{
    part_ += text_[at_++];
    while (!ended()) {
        const char c = text_[at_++];
        part_ += c;
        if (c == '"')
            return {};
        if (c == '\\' && !ended())
            part_ += text_[at_++];
    }
    return "unmatched doublequote in local part";
}

Reader::Fault Reader::read_domain()
{
    part_.clear();
    skip();
    if (sees('['))
        return read_domain_literal();
    for (;;) {
        if (!read_subdomain())
            break;
        out_.end = at_;
        skip();
        if (!sees('.'))
            return {};
        ++at_;
        part_ += '.';
        skip();
    }
    if (rules_.strip_trailing_dot && part_.size() > 1 && !sees('.')) {
        part_.pop_back();
        out_.end = at_;
        return {};
    }
    return "domain missing or malformed";
}

bool Reader::read_subdomain()
{
    const auto begin = at_;
    while (!ended()) {
        const char c = text_[at_];
        std::size_t length = 0;
        if (is_alnum(c) || (c == '-' && at_ > begin))
            length = 1;
        else if (rules_.allow_utf8_domains && static_cast<unsigned char>(c) >= 128)
            length = utf8_length(text_.substr(at_));
        if (length == 0)
            break;
        part_ += text_.substr(at_, length);
        at_ += length;
    }
    return at_ > begin;
}

// RFC 5321 section 4.1.3. Whether it is an address of a host is for who uses it.
Reader::Fault Reader::read_domain_literal()
{
    if (!rules_.allow_domain_literals)
        return "domain literals not allowed";
    const auto begin = at_++;
    if (starts_nocase(text_.substr(at_), "IPv6:") || starts_nocase(text_.substr(at_), "IPv4:"))
        at_ += 5;
    while (!ended() && (is_digit(text_[at_]) || text_[at_] == ':' || text_[at_] == '.' ||
                        (to_lower(text_[at_]) >= 'a' && to_lower(text_[at_]) <= 'f')))
        ++at_;
    if (!sees(']'))
        return "malformed domain literal";
    ++at_;
    part_ = text_.substr(begin, at_ - begin);
    out_.end = at_;
    skip();
    return {};
}

}

std::size_t skip_comments(std::string_view text, std::size_t at)
{
    std::size_t depth = 0;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (depth > 0 && c == '\\')
            ++at;
        else if (c == '(')
            ++depth;
        else if (c == ')' && depth > 0)
            --depth;
        else if (depth == 0 && !is_space(c))
            return at;
    }
    return text.size();
}

Result<ParsedAddress> parse_address(std::string_view text, const AddressRules& rules)
{
    return Reader{text, rules}.read();
}

namespace {

std::size_t skip_quoted(std::string_view text, std::size_t at)
{
    for (++at; at < text.size() && text[at] != '"'; ++at)
        if (text[at] == '\\')
            ++at;
    return std::min(at + 1, text.size());
}

// How far a source route or a domain literal is looked ahead for its end, so that hostile lists of
// openings without an end cost linear time.
constexpr std::size_t longest_route = 256;

// Behind the colon of a source route that begins at `at`, or `at` when it is none: its commas part
// no addresses.
std::size_t skip_route(std::string_view text, std::size_t at)
{
    while (at < text.size() && is_space(text[at]))
        ++at;
    if (at >= text.size() || text[at] != '@')
        return at;
    const auto stop = text.substr(at, longest_route).find_first_of(":>;\"");
    return stop != std::string_view::npos && text[at + stop] == ':' ? at + stop + 1 : at;
}

// Behind the bracket that closes the domain literal at `at`, or the next octet when none does.
std::size_t skip_literal(std::string_view text, std::size_t at)
{
    const auto close = text.substr(at, longest_route).find_first_of("],\n");
    return close != std::string_view::npos && text[at + close] == ']' ? at + close + 1 : at + 1;
}

// Behind the comments, and before the white space that may be a stop itself.
std::size_t comment_end(std::string_view text, std::size_t at)
{
    auto end = std::max(skip_comments(text, at), at + 1);
    while (end > at + 1 && is_space(text[end - 1]))
        --end;
    return end;
}

// Scans to the next of `stops` outside of quotes, comments, source routes and domain literals.
std::size_t scan_to(std::string_view text, std::size_t at, std::string_view stops)
{
    at = skip_route(text, at);
    while (at < text.size()) {
        const char c = text[at];
        if (stops.find(c) != std::string_view::npos)
            return at;
        if (c == '"')
            at = skip_quoted(text, at);
        else if (c == '(')
            at = comment_end(text, at);
        else if (c == '\\')
            at += 2;
        else if (c == '<')
            at = skip_route(text, at + 1);
        else if (c == '[')
            at = skip_literal(text, at);
        else
            ++at;
    }
    return text.size();
}

// The name before the colon of a group, if one begins at `at`: no @ and no < may come first.
std::size_t group_colon(std::string_view text, std::size_t at)
{
    const auto first = skip_comments(text, at);
    if (first < text.size() && text[first] == '@')
        return std::string_view::npos;
    const auto stop = scan_to(text, at, ":,;@<");
    return stop < text.size() && text[stop] == ':' ? stop : std::string_view::npos;
}

}

std::size_t find_address_end(std::string_view text, bool newline_ends)
{
    return scan_to(text, 0, newline_ends ? ",\n" : ",");
}

AddressList parse_address_list(std::string_view text, const AddressRules& rules, std::size_t limit)
{
    AddressList list;
    std::string group;
    std::size_t at = 0;
    while (at < text.size()) {
        if (const auto colon = group.empty() ? group_colon(text, at) : std::string_view::npos;
            colon != std::string_view::npos) {
            group = trim(text.substr(at, colon - at));
            if (group.empty())
                group = ":";
            at = colon + 1;
            continue;
        }
        const auto stop = scan_to(text, at, group.empty() ? std::string_view(",") : std::string_view(",;"));
        const auto item = text.substr(at, stop - at);
        if (skip_comments(item, 0) < item.size()) {
            if (list.items.size() >= limit) {
                list.too_many = true;
                return list;
            }
            const auto lead = item.size() - trim_left(item).size();
            auto parsed = parse_address(trim(item), rules);
            if (parsed) {
                parsed->begin += at + lead;
                parsed->end += at + lead;
            }
            list.items.push_back({at + lead, at + lead + trim(item).size(), group, std::move(parsed)});
        }
        if (stop < text.size() && text[stop] == ';')
            group.clear();
        at = stop + 1;
    }
    return list;
}

}
