#include "common/mail/received.h"

#include "common/base/text.h"
#include "common/mail/address.h"

namespace gp::mail {
namespace {

// What a stranger said must not end the header or hide in it.
std::string tame(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (char c : text)
        out.push_back(static_cast<unsigned char>(c) < ' ' || c == 127 ? '?' : c);
    return out;
}

bool helo_is_address(const Origin& origin)
{
    return same_nocase(domain_literal_of(origin.helo_name), origin.host_address);
}

bool says_helo(const Origin& origin)
{
    if (origin.helo_name.empty() || helo_is_address(origin))
        return false;
    return origin.host_name.empty() || !same_nocase(origin.helo_name, origin.host_name);
}

void append_word(std::string& out, std::string_view word)
{
    if (!out.empty())
        out += ' ';
    out += word;
}

std::string with_line_ends(std::string_view text, std::string_view line_end)
{
    return line_end == "\n" ? std::string(text) : replace_all(std::string(text), "\n", line_end);
}

}

std::string sender_rcvhost(const Origin& origin, bool with_ports)
{
    if (origin.host_address.empty())
        return {};
    const bool with_port = with_ports && origin.host_port != 0;
    const auto port = std::to_string(origin.host_port);
    const std::string bracketed = "[" + origin.host_address + "]";
    const bool named = !origin.host_name.empty();

    std::string inside;
    if (named)
        inside = with_port ? bracketed + ":" + port : bracketed;
    else if (with_port)
        inside = "port=" + port;
    if (says_helo(origin))
        append_word(inside, "helo=" + tame(origin.helo_name));
    if (!origin.ident.empty())
        append_word(inside, "ident=" + tame(origin.ident));

    std::string out = named ? origin.host_name : bracketed;
    if (inside.empty())
        return out;
    const bool all_three = named && says_helo(origin) && !origin.ident.empty();
    return out + (all_three ? "\n\t(" : " (") + inside + ")";
}

std::string received_header(const ReceivedFacts& facts, std::string_view date, std::string_view line_end)
{
    const auto& origin = facts.origin;
    std::string out = "Received: ";
    if (const auto host = sender_rcvhost(origin, facts.with_ports); !host.empty()) {
        out += "from " + host + "\n\t";
    } else {
        if (!origin.ident.empty())
            out += "from " + quote_local_part(tame(origin.ident)) + " ";
        if (!origin.helo_name.empty())
            out += "(helo=" + tame(origin.helo_name) + ")\n\t";
    }
    out += "by " + std::string(facts.primary_hostname) + " ";
    if (!origin.protocol.empty())
        out += "with " + origin.protocol + " ";
    if (!origin.tls_version.empty())
        out += " (" + origin.tls_version + ")";
    if (!origin.tls_cipher_std.empty())
        out += " tls " + origin.tls_cipher_std + "\n\t";
    out += "(" + std::string(facts.software) + ")\n\t";
    if (!facts.sender.empty())
        out += "(envelope-from <" + tame(facts.sender) + ">)\n\t";
    out += "id " + std::string(facts.id);
    if (!facts.received_for.empty())
        out += "\n\tfor " + tame(facts.received_for);
    return received_header_from(out, date, line_end);
}

std::string received_header_from(std::string_view expanded, std::string_view date, std::string_view line_end)
{
    if (expanded.empty())
        return {};
    return with_line_ends(std::string(expanded) + ";\n\t" + std::string(date) + "\n", line_end);
}

std::size_t received_count(const HeaderList& headers)
{
    return headers.count("Received");
}

}
