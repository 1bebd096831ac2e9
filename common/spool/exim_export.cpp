#include "common/spool/exim_export.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <set>
#include <vector>

#include "common/base/text.h"
#include "common/mail/notes.h"
#include "common/mail/tls_wish.h"
#include "common/spool/exim_import.h"
#include "common/spool/line_ends.h"

namespace gp::spool {
namespace {

// One event is one line here too: what would end the line early is left out.
std::string one_line(std::string_view text)
{
    std::string out{text};
    std::erase_if(out, [](char c) { return c == '\n' || c == '\r' || c == '\0'; });
    return out;
}

class HeaderFile {
public:
    HeaderFile(const mail::Envelope& envelope, bool was_tried) : envelope_(envelope), was_tried_(was_tried) {}

    std::string write(std::string_view headers)
    {
        start();
        connection();
        flags();
        nonrecipients();
        recipients();
        out_ += '\n';
        header_lines(to_unix(headers));
        return std::move(out_);
    }

private:
    void line(const std::string& text) { out_ += text + "\n"; }
    void flag(std::string_view name, bool set)
    {
        if (set)
            line("-" + std::string(name));
    }
    // `prefix` is one hyphen, or two for what came from outside (tainted).
    void value(std::string_view prefix, std::string_view name, std::string_view text)
    {
        if (!text.empty())
            line(std::string(prefix) + std::string(name) + " " + one_line(text));
    }
    void address(std::string_view prefix, std::string_view name, std::string_view host, std::uint32_t port)
    {
        if (!host.empty())
            line(std::string(prefix) + std::string(name) + " [" + one_line(host) + "]:" + std::to_string(port));
    }

    void start();
    void connection();
    void flags();
    void variables();
    void nonrecipients();
    void tree(const std::vector<std::string>& sorted, std::size_t from, std::size_t to);
    void recipients();
    void header_line(std::string_view header, char kind);
    void header_lines(std::string_view headers);

    const mail::Envelope& envelope_;
    const bool was_tried_;
    std::string out_;
};

void HeaderFile::start()
{
    const auto& origin = envelope_.origin;
    line(envelope_.id + "-H");
    line((origin.login.empty() ? "root" : one_line(origin.login)) + " " + std::to_string(origin.uid) + " " +
         std::to_string(origin.gid));
    line("<" + one_line(envelope_.sender) + ">");
    constexpr std::int64_t micro = 1'000'000;
    line(std::to_string(envelope_.received / micro) + " " + std::to_string(envelope_.warnings_sent));
    const auto fraction = [](std::int64_t time) {
        char text[32];
        std::snprintf(text, sizeof text, ".%06d", static_cast<int>(time % micro));
        return std::string(text);
    };
    line("-received_time_usec " + fraction(envelope_.received));
    if (const auto complete = mail::time_complete(envelope_))
        line("-received_time_complete " + std::to_string(complete / micro) + fraction(complete));
}

void HeaderFile::connection()
{
    const auto& origin = envelope_.origin;
    // What a local program's user is called did not come from outside.
    const std::string_view outside = origin.local ? "-" : "--";
    const bool is_session = origin.protocol.starts_with("local-smtp") || origin.protocol.starts_with("local-esmtp");
    value("--", "helo_name", origin.helo_name);
    address("--", "host_address", origin.host_address, origin.host_port);
    value("--", "host_name", origin.host_name);
    value("-", "host_auth", origin.authenticator);
    address("-", "interface_address", origin.interface_address, origin.interface_port);
    value("-", "ident", origin.ident);
    value("-", "received_protocol", origin.protocol);
    variables();
    line("-body_linecount " + std::to_string(envelope_.body_lines));
    line("-max_received_linelength " + std::to_string(envelope_.longest_line));
    value(outside, "auth_id", origin.authenticated_id);
    if (!origin.local || !is_session)
        value(outside, "auth_sender", origin.authenticated_sender);
    flag("allow_unqualified_recipient", origin.local);
    flag("allow_unqualified_sender", origin.local);
}

void HeaderFile::flags()
{
    const auto& origin = envelope_.origin;
    flag("deliver_firsttime", !was_tried_);
    if (envelope_.frozen)
        line("-frozen " + std::to_string(envelope_.frozen_at));
    flag("N", envelope_.dont_deliver);
    flag("host_lookup_failed", origin.host_lookup_failed);
    flag("local", origin.local);
    flag("localerror", envelope_.is_bounce);
    flag("manual_thaw", envelope_.manual_thaw);
    flag("sender_set_untrusted", envelope_.sender_set_by_caller && !origin.trusted);
    flag("tls_certificate_verified", origin.tls_certificate_verified);
    value("-", "tls_cipher", origin.tls_cipher);
    value("--", "tls_peerdn", origin.tls_peer_dn);
    value("--", "tls_sni", origin.tls_sni);
    value("--", "dsn_envid", envelope_.dsn_envid);
    if (envelope_.dsn_return != mail::DsnReturn::unset)
        line(std::string("-dsn_ret ") + (envelope_.dsn_return == mail::DsnReturn::full ? "1" : "2"));
    // Exim has no such thing, and skips lines that it does not know.
    value("-", "gatepost_tls_wish", std::string(mail::word_of(mail::tls_wish(envelope_))));
}

// "m_name" is -aclm _name, "c0" is -aclc 0; "spam_score" is a line of its own.
void HeaderFile::variables()
{
    for (const auto& variable : envelope_.variables) {
        if (is_spam_value(variable.name))
            value("-", variable.name, variable.value);
        if (variable.name == "smtp_active_hostname")
            value("-", "active_hostname", variable.value);
        if (variable.name.size() < 2 || (variable.name[0] != 'm' && variable.name[0] != 'c'))
            continue;
        line((variable.tainted ? "--acl" : "-acl") + variable.name.substr(0, 1) + " " +
             one_line(variable.name.substr(1)) + " " + std::to_string(variable.value.size()));
        out_ += variable.value + "\n";
    }
}

void HeaderFile::nonrecipients()
{
    std::set<std::string> done;
    for (const auto& child : envelope_.done_children)
        done.insert(exim_child_name(child));
    for (const auto& recipient : envelope_.recipients)
        if (recipient.done)
            done.insert(recipient.address);
    if (done.empty())
        return line("XX");
    const std::vector<std::string> sorted{done.begin(), done.end()};
    tree(sorted, 0, sorted.size());
}

// The middle one is the root; as deep as the logarithm of their number.
void HeaderFile::tree(const std::vector<std::string>& sorted, std::size_t from, std::size_t to)
{
    const auto middle = from + (to - from) / 2;
    const bool left = middle > from;
    const bool right = middle + 1 < to;
    line(std::string(left ? "Y" : "N") + (right ? "Y" : "N") + " " + one_line(sorted[middle]));
    if (left)
        tree(sorted, from, middle);
    if (right)
        tree(sorted, middle + 1, to);
}

// Flag bit 01 stands for the errors_to field, 02 for the DSN fields that come before it.
void HeaderFile::recipients()
{
    line(std::to_string(envelope_.recipients.size()));
    for (const auto& recipient : envelope_.recipients) {
        auto text = one_line(recipient.address);
        const auto orcpt = one_line(recipient.orcpt);
        const auto errors_to = one_line(recipient.errors_to);
        const bool dsn = !orcpt.empty() || recipient.notify != 0;
        // Exim's bits of NOTIFY are ours, one place higher.
        if (dsn)
            text += " " + orcpt + " " + std::to_string(orcpt.size()) + "," + std::to_string(recipient.notify << 1);
        if (dsn || !errors_to.empty())
            text += " " + errors_to + " " + std::to_string(errors_to.size()) + ",-1#" + (dsn ? "3" : "1");
        line(text);
    }
}

char header_kind(std::string_view header)
{
    static constexpr std::pair<std::string_view, char> kinds[] = {
        {"bcc:", 'B'},        {"cc:", 'C'},          {"from:", 'F'},          {"message-id:", 'I'},
        {"received:", 'P'},   {"reply-to:", 'R'},    {"sender:", 'S'},        {"to:", 'T'},
        {"resent-bcc:", 'B'}, {"resent-cc:", 'C'},   {"resent-from:", 'F'},   {"resent-message-id:", 'I'},
        {"resent-to:", 'T'},  {"resent-sender:", 'S'},
    };
    for (const auto& [name, kind] : kinds)
        if (starts_nocase(header, name))
            return kind;
    return ' ';
}

void HeaderFile::header_line(std::string_view header, char kind)
{
    char start[16];
    std::snprintf(start, sizeof start, "%03u%c ", static_cast<unsigned>(header.size()), kind);
    out_ += start;
    out_ += header;
}

void HeaderFile::header_lines(std::string_view headers)
{
    const auto all_replaced = mail::replaced_headers(envelope_);
    auto replaced = all_replaced.begin();
    const auto put_replaced = [&](std::size_t before) {
        for (; replaced != all_replaced.end() && replaced->before <= before; ++replaced)
            header_line(to_unix(replaced->text), '*');
    };
    for (std::size_t count = 0; !headers.empty(); ++count) {
        put_replaced(count);
        std::size_t end = headers.find('\n');
        while (end != headers.npos && end + 1 < headers.size() && (headers[end + 1] == ' ' || headers[end + 1] == '\t'))
            end = headers.find('\n', end + 1);
        std::string header{headers.substr(0, end == headers.npos ? end : end + 1)};
        headers.remove_prefix(header.size());
        if (!header.ends_with('\n'))
            header += '\n';
        header_line(header, header_kind(header));
    }
    put_replaced(std::numeric_limits<std::size_t>::max());
}

}

std::string exim_child_name(const std::string& child)
{
    for (auto at = child.find(':'); at != std::string::npos; at = child.find(':', at + 1))
        if (at + 1 < child.size() && std::string_view("/|>").find(child[at + 1]) != std::string_view::npos)
            return child.substr(at + 1) + child.substr(at, 1) + child.substr(0, at);
    return child;
}

std::string exim_header_file(const mail::Envelope& envelope, std::string_view headers, bool was_tried)
{
    return HeaderFile{envelope, was_tried}.write(headers);
}

}
