#include "common/spool/exim_import.h"

#include <algorithm>
#include <optional>
#include <set>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/mail/message_id.h"
#include "common/mail/notes.h"
#include "common/mail/tls_wish.h"
#include "common/spool/line_ends.h"

namespace gp::spool {
namespace {

constexpr std::size_t max_recipients = 1'000'000;
constexpr std::int64_t last_second = 253'402'300'799; // of the year 9999

class HeaderFileReader {
public:
    explicit HeaderFileReader(std::string_view text) : rest_(text) {}

    Result<EximMessage> read()
    {
        TRY(start());
        while (!rest_.empty() && rest_.front() == '-')
            TRY(variable(TRY(line())));
        TRY(nonrecipients());
        TRY(recipients());
        if (!TRY(line()).empty())
            return wrong("the line before the headers is not empty");
        TRY(headers());
        return std::move(out_);
    }

private:
    Error wrong(std::string_view what) const
    {
        return permanent("line " + std::to_string(line_number_) + ": " + std::string(what));
    }
    void note(std::string_view what) { out_.notes.push_back("line " + std::to_string(line_number_) + ": " + std::string(what)); }

    Result<std::string_view> line();
    Result<std::string_view> octets(std::size_t count);
    Status start();
    Status variable(std::string_view text);
    Status acl_variable(char kind, std::string_view rest, bool tainted);
    bool flag(std::string_view name);
    bool text_value(std::string_view name, std::string_view value);
    Status other_value(std::string_view name, std::string_view value);
    Result<std::int64_t> microseconds(std::string_view value) const;
    Status host_and_port(std::string_view value, std::string& host, std::uint32_t& port);
    Status nonrecipients();
    Status recipients();
    Result<mail::Recipient> recipient(std::string_view text);
    Status headers();

    std::string_view rest_;
    std::size_t line_number_ = 0;
    EximMessage out_;
    std::set<std::string, std::less<>> done_;
    std::vector<mail::ReplacedHeader> replaced_;
};

Result<std::string_view> HeaderFileReader::line()
{
    ++line_number_;
    const auto end = rest_.find('\n');
    if (end == rest_.npos)
        return wrong("the file ends here");
    const auto text = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return text;
}

// A counted piece; a newline follows it.
Result<std::string_view> HeaderFileReader::octets(std::size_t count)
{
    if (rest_.size() < count + 1 || rest_[count] != '\n')
        return wrong("the value is not as long as it says");
    const auto text = rest_.substr(0, count);
    rest_.remove_prefix(count + 1);
    line_number_ += 1 + static_cast<std::size_t>(std::ranges::count(text, '\n'));
    return text;
}

Status HeaderFileReader::start()
{
    auto& envelope = out_.envelope;
    const auto name = TRY(line());
    if (!name.ends_with("-H") || !mail::is_message_id(name.substr(0, name.size() - 2)))
        return wrong("is not the name of an Exim -H file");
    envelope.id = name.substr(0, name.size() - 2);
    // Login, uid, gid; a login may have spaces in it.
    const auto caller = TRY(line());
    const auto gid_at = caller.rfind(' ');
    const auto uid_at = gid_at == caller.npos || gid_at == 0 ? caller.npos : caller.rfind(' ', gid_at - 1);
    if (uid_at == caller.npos)
        return wrong("has no login, uid and gid");
    envelope.origin.login = caller.substr(0, uid_at);
    envelope.origin.uid = static_cast<std::uint32_t>(TRY(parse_unsigned(caller.substr(uid_at + 1, gid_at - uid_at - 1))));
    envelope.origin.gid = static_cast<std::uint32_t>(TRY(parse_unsigned(caller.substr(gid_at + 1))));
    const auto sender = TRY(line());
    if (!sender.starts_with('<') || !sender.ends_with('>'))
        return wrong("the sender is not in angle brackets");
    envelope.sender = sender.substr(1, sender.size() - 2);
    const auto times = split(TRY(line()), ' ');
    if (times.size() != 2)
        return wrong("has no time of reception and count of warnings");
    const auto seconds = TRY(parse_integer(times[0]));
    if (seconds < 0 || seconds > last_second)
        return wrong("the time of reception cannot be");
    envelope.received = seconds * 1'000'000;
    envelope.warnings_sent = static_cast<std::uint32_t>(TRY(parse_unsigned(times[1])));
    return {};
}

// "-name value", "--name value" (tainted), "-(lookup)name value" (quoted for a lookup).
Status HeaderFileReader::variable(std::string_view text)
{
    text.remove_prefix(1);
    const bool tainted = text.starts_with('-');
    if (tainted)
        text.remove_prefix(1);
    if (text.starts_with('(')) {
        const auto close = text.find(')');
        if (close == text.npos)
            return wrong("a parenthesis is not closed");
        text.remove_prefix(close + 1);
    }
    const auto space = text.find(' ');
    const auto name = text.substr(0, space);
    const auto value = space == text.npos ? std::string_view{} : text.substr(space + 1);
    if (name == "aclm" || name == "aclc" || name == "acl")
        return acl_variable(name == "acl" ? 'x' : name.back(), value, tainted);
    if (flag(name) || text_value(name, value))
        return {};
    return other_value(name, value);
}

Status HeaderFileReader::acl_variable(char kind, std::string_view rest, bool tainted)
{
    const auto space = rest.rfind(' ');
    if (space == rest.npos || space == 0)
        return wrong("an ACL variable has no length");
    auto name = std::string(rest.substr(0, space));
    const auto length = TRY(parse_unsigned(rest.substr(space + 1)));
    // -acl 3 is acl_c3, -acl 13 is acl_m3: Exim before 4.61.
    if (kind == 'x') {
        const auto number = TRY(parse_unsigned(name));
        kind = number < 10 ? 'c' : 'm';
        name = std::to_string(number % 10);
    }
    if (length > rest_.size())
        return wrong("the value is not as long as it says");
    const auto value = TRY(octets(length));
    out_.envelope.variables.push_back({.name = kind + name, .value = std::string(value), .tainted = tainted});
    return {};
}

bool HeaderFileReader::flag(std::string_view name)
{
    auto& envelope = out_.envelope;
    const std::pair<std::string_view, bool*> flags[] = {
        {"host_lookup_failed", &envelope.origin.host_lookup_failed},
        {"local", &envelope.origin.local},
        {"localerror", &envelope.is_bounce},
        {"manual_thaw", &envelope.manual_thaw},
        {"sender_set_untrusted", &envelope.sender_set_by_caller},
        {"spool_file_wireformat", &out_.wire_format},
        {"tls_certificate_verified", &envelope.origin.tls_certificate_verified},
        {"smtputf8", &envelope.smtputf8},
    };
    for (const auto& [known, member] : flags)
        if (known == name) {
            *member = true;
            return true;
        }
    // Says nothing that the queue does not know.
    return name == "deliver_firsttime" || name.starts_with("allow_unqualified_");
}

bool HeaderFileReader::text_value(std::string_view name, std::string_view value)
{
    auto& origin = out_.envelope.origin;
    const std::pair<std::string_view, std::string*> values[] = {
        {"auth_id", &origin.authenticated_id},
        {"auth_sender", &origin.authenticated_sender},
        {"dsn_envid", &out_.envelope.dsn_envid},
        {"helo_name", &origin.helo_name},
        {"host_auth", &origin.authenticator},
        {"host_name", &origin.host_name},
        {"ident", &origin.ident},
        {"received_protocol", &origin.protocol},
        {"tls_cipher", &origin.tls_cipher},
        {"tls_peerdn", &origin.tls_peer_dn},
        {"tls_sni", &origin.tls_sni},
    };
    for (const auto& [known, member] : values)
        if (known == name) {
            *member = value;
            return true;
        }
    return false;
}

Status HeaderFileReader::other_value(std::string_view name, std::string_view value)
{
    auto& envelope = out_.envelope;
    if (is_spam_value(name)) {
        envelope.variables.push_back({.name = std::string(name), .value = std::string(value), .tainted = true});
        return {};
    }
    if (name == "host_address")
        return host_and_port(value, envelope.origin.host_address, envelope.origin.host_port);
    if (name == "interface_address")
        return host_and_port(value, envelope.origin.interface_address, envelope.origin.interface_port);
    if (name == "frozen") {
        envelope.frozen = true;
        envelope.frozen_at = TRY(parse_integer(value));
    } else if (name == "body_linecount") {
        envelope.body_lines = static_cast<std::uint32_t>(TRY(parse_unsigned(value)));
    } else if (name == "received_time_usec") {
        // ".314372"
        if (value.size() == 7 && value.starts_with('.'))
            envelope.received += TRY(parse_integer(value.substr(1)));
    } else if (name == "dsn_ret") {
        envelope.dsn_return = value == "1" ? mail::DsnReturn::full : mail::DsnReturn::headers;
    } else if (name == "gatepost_tls_wish") {
        for (const auto wish : {mail::TlsWish::required, mail::TlsWish::optional})
            if (value == mail::word_of(wish))
                mail::set_tls_wish(envelope, wish);
    } else if (name == "N") {
        envelope.dont_deliver = true;
    } else if (name == "max_received_linelength") {
        envelope.longest_line = static_cast<std::uint32_t>(TRY(parse_unsigned(value)));
    } else if (name == "received_time_complete") {
        mail::add_note(envelope, mail::note_complete, std::to_string(TRY(microseconds(value))));
    } else if (name != "body_zerocount") {
        note("-" + escape(name) + " has no place here");
    }
    return {};
}

// "1700000000.314372"
Result<std::int64_t> HeaderFileReader::microseconds(std::string_view value) const
{
    const auto dot = value.find('.');
    if (dot == value.npos || value.size() != dot + 7)
        return wrong("is no time in seconds and microseconds");
    const auto seconds = TRY(parse_integer(value.substr(0, dot)));
    if (seconds < 0 || seconds > last_second)
        return wrong("the time cannot be");
    return seconds * 1'000'000 + TRY(parse_integer(value.substr(dot + 1)));
}

// "192.0.2.7.1234" in the manual, "[192.0.2.7]:1234" in its later releases.
Status HeaderFileReader::host_and_port(std::string_view value, std::string& host, std::uint32_t& port)
{
    std::string_view number;
    if (value.starts_with('[')) {
        const auto close = value.find(']');
        if (close == value.npos)
            return wrong("an address has no closing bracket");
        host = value.substr(1, close - 1);
        number = value.substr(close + 1);
        if (number.starts_with(':'))
            number.remove_prefix(1);
    } else {
        const auto dot = value.rfind('.');
        host = value.substr(0, dot);
        number = dot == value.npos ? std::string_view{} : value.substr(dot + 1);
    }
    if (!number.empty())
        port = static_cast<std::uint32_t>(TRY(parse_unsigned(number)));
    return {};
}

// A tree written root first: each line says by Y or N whether a left and a right branch follow.
Status HeaderFileReader::nonrecipients()
{
    if (rest_.starts_with("XX\n")) {
        TRY(line());
        return {};
    }
    for (std::size_t open = 1; open > 0; --open) {
        const auto text = TRY(line());
        const auto is_branch = [](char c) { return c == 'Y' || c == 'N'; };
        if (text.size() < 3 || !is_branch(text[0]) || !is_branch(text[1]) || text[2] != ' ')
            return wrong("is no node of the tree of addresses that are done");
        open += (text[0] == 'Y') + (text[1] == 'Y');
        done_.emplace(text.substr(3));
    }
    return {};
}

Status HeaderFileReader::recipients()
{
    const auto count = TRY(parse_unsigned(TRY(line())));
    if (count > max_recipients)
        return wrong("too many recipients");
    auto& envelope = out_.envelope;
    for (std::uint64_t i = 0; i < count; ++i) {
        envelope.recipients.push_back(TRY(recipient(TRY(line()))));
        auto& last = envelope.recipients.back();
        last.done = done_.contains(last.address);
    }
    for (const auto& recipient : envelope.recipients)
        done_.erase(recipient.address);
    // "/file:a@b" is "a@b:/file" here.
    for (const auto& child : done_) {
        const auto colon = child.rfind(':');
        const bool is_turned = colon != child.npos && std::string_view("/|>").find(child[0]) != std::string_view::npos;
        envelope.done_children.push_back(is_turned ? child.substr(colon + 1) + ":" + child.substr(0, colon) : child);
    }
    return {};
}

// Takes "TEXT LENGTH,NUMBER" off the end, TEXT being LENGTH octets long.
struct Trailer {
    std::string_view text;
    std::int64_t number = 0;
};
std::optional<Trailer> take_trailer(std::string_view& from)
{
    const auto comma = from.rfind(',');
    const auto space = comma == from.npos ? comma : from.rfind(' ', comma);
    if (space == from.npos)
        return std::nullopt;
    const auto length = parse_unsigned(from.substr(space + 1, comma - space - 1));
    const auto number = parse_integer(from.substr(comma + 1));
    if (!length || !number || *length + 1 > space)
        return std::nullopt;
    const Trailer trailer{from.substr(space - *length, *length), *number};
    const auto before = space - *length - 1;
    if (from[before] != ' ')
        return std::nullopt;
    from = from.substr(0, before);
    return trailer;
}

// "ADDRESS", "ADDRESS ERRORS_TO LENGTH,PARENT#1", or with bit 02 "ADDRESS ORCPT LENGTH,NOTIFY ERRORS_TO
// LENGTH,PARENT#3". An address may end in #DIGITS of its own.
Result<mail::Recipient> HeaderFileReader::recipient(std::string_view text)
{
    mail::Recipient out;
    const auto hash = text.rfind('#');
    const auto flags = hash == text.npos ? Result<std::uint64_t>(permanent("")) : parse_unsigned(text.substr(hash + 1));
    auto rest = text.substr(0, hash);
    const auto errors_to = flags && (*flags & 1) ? take_trailer(rest) : std::nullopt;
    if (!errors_to) {
        out.address = text;
        return out;
    }
    out.errors_to = errors_to->text;
    if (*flags & 2) {
        const auto dsn = take_trailer(rest);
        if (!dsn)
            return wrong("a recipient's DSN fields cannot be made out");
        out.orcpt = dsn->text;
        out.notify = static_cast<std::uint32_t>(dsn->number) >> 1; // Exim's bits are ours, one place higher
    }
    if (*flags & ~std::uint64_t{3})
        note("a recipient has fields that have no place here");
    out.address = rest;
    return out;
}

Status HeaderFileReader::headers()
{
    while (!rest_.empty()) {
        std::size_t digits = 0;
        while (digits < rest_.size() && is_digit(rest_[digits]))
            ++digits;
        if (digits < 3 || digits > 9 || rest_.size() < digits + 2 || rest_[digits + 1] != ' ')
            return wrong("is no header");
        const auto size = TRY(parse_unsigned(rest_.substr(0, digits)));
        const char kind = rest_[digits];
        rest_.remove_prefix(digits + 2);
        if (size > rest_.size())
            return wrong("a header is not as long as it says");
        const auto header = rest_.substr(0, size);
        rest_.remove_prefix(size);
        line_number_ += static_cast<std::size_t>(std::ranges::count(header, '\n'));
        if (kind == '*') { // replaced or deleted: kept for people
            replaced_.push_back({.before = out_.envelope.header_count, .text = to_wire(header)});
            continue;
        }
        out_.headers += to_wire(header);
        ++out_.envelope.header_count;
        out_.envelope.received_count += starts_nocase(header, "received:");
    }
    mail::add_replaced(out_.envelope, replaced_);
    return {};
}

}

Result<EximMessage> read_exim_header_file(std::string_view text)
{
    return HeaderFileReader{text}.read();
}

Result<std::string_view> exim_data_body(std::string_view start_of_file, std::string_view id)
{
    const auto name = std::string(id) + "-D\n";
    if (!start_of_file.starts_with(name))
        return permanent("the data file does not begin with \"" + std::string(id) + "-D\"");
    return start_of_file.substr(name.size());
}

}
