#include "cleanup/arrival_line.h"

#include "common/base/elapsed.h"
#include "common/base/port_list.h"
#include "common/base/text.h"
#include "common/log/shown.h"
#include "common/mail/notes.h"
#include "common/mail/tls_wish.h"

namespace gp::cleanup {
namespace {

constexpr std::size_t longest_list = 8192; // octets of a line with recipients, as in Exim

// In quotes a quote and a backslash get a backslash, as in Exim's string_printing of T="...".
std::string quoted(std::string_view text)
{
    std::string out = "\"";
    for (char c : log::shown(text)) {
        if (c == '"')
            out += '\\';
        out += c;
    }
    return out + "\"";
}

std::string host_name(const mail::Origin& origin)
{
    const bool helo_is_name = same_nocase(origin.helo_name, origin.host_name);
    if (origin.host_name.empty())
        return origin.helo_name.empty() ? "" : "(" + escape(origin.helo_name) + ") ";
    std::string out = escape(origin.host_name) + " ";
    if (!helo_is_name && !origin.helo_name.empty())
        out += "(" + escape(origin.helo_name) + ") ";
    return out;
}

// What MAIL said of the body: 8BITMIME, 7BIT, or nothing.
const char* body_kind(const mail::Envelope& envelope)
{
    if (envelope.body == mail::BodyType::eight_bit_mime)
        return "8";
    return mail::find_note(envelope, mail::note_body_7bit) ? "7" : "0";
}

std::string tls_items(const mail::Envelope& envelope, const Parameters& parameters)
{
    const auto& origin = envelope.origin;
    std::string out;
    if (origin.tls_cipher.empty())
        return out;
    if (parameters.log_tls_cipher)
        out += " X=" + escape(origin.tls_cipher) + (mail::find_note(envelope, mail::note_tls_resumed) ? "*" : "");
    if (parameters.log_tls_certificate_verified)
        out += origin.tls_certificate_verified ? " CV=yes" : " CV=no";
    if (parameters.log_tls_peerdn && !origin.tls_peer_dn.empty())
        out += " DN=" + quoted(origin.tls_peer_dn);
    if (parameters.log_tls_sni && !origin.tls_sni.empty())
        out += " SNI=" + (log::is_plain_name(origin.tls_sni) ? origin.tls_sni : quoted(origin.tls_sni));
    return out;
}

std::string note_of(const mail::Envelope& envelope, std::string_view name)
{
    const auto* note = mail::find_note(envelope, name);
    return note ? *note : std::string{};
}

std::string authentication(const mail::Origin& origin, const Parameters& parameters)
{
    if (origin.authenticator.empty())
        return {};
    std::string out = " A=" + escape(origin.authenticator);
    if (!origin.authenticated_id.empty())
        out += ":" + escape(origin.authenticated_id);
    if (parameters.log_smtp_mailauth && !origin.authenticated_sender.empty())
        out += ":" + escape(origin.authenticated_sender);
    return out;
}

}

std::string host_and_ident(const mail::Origin& origin, const Parameters& parameters)
{
    std::string out;
    if (!origin.host_address.empty()) {
        out = " H=" + host_name(origin) + "[" + origin.host_address + "]";
        if (parameters.log_incoming_port && origin.host_port)
            out += ":" + std::to_string(origin.host_port);
        if (parameters.log_incoming_interface && !origin.interface_address.empty()) {
            out += " I=[" + origin.interface_address + "]";
            if (is_in_port_list(parameters.log_ports, origin.interface_port))
                out += ":" + std::to_string(origin.interface_port);
        }
    }
    if (!origin.ident.empty())
        out += " U=" + escape(origin.ident);
    return out;
}

std::string arrival_line(const mail::Envelope& envelope, const Arrival& arrival, const Parameters& parameters)
{
    std::string line = envelope.id + (arrival.is_fakereject ? " (= " : " <= ") + (envelope.sender.empty() ? "<>" : escape(envelope.sender, true));
    if (!envelope.settles.empty())
        line += " R=" + envelope.settles;
    line += host_and_ident(envelope.origin, parameters);
    if (parameters.log_connection_id && !envelope.origin.connection_id.empty())
        line += " Ci=" + escape(envelope.origin.connection_id);
    if (!envelope.origin.protocol.empty())
        line += " P=" + envelope.origin.protocol;
    if (parameters.log_pipelining && arrival.may_pipeline)
        line += " L" + note_of(envelope, mail::note_early_pipe) + (arrival.pipelined ? "" : "-");
    line += tls_items(envelope, parameters);
    if (mail::find_note(envelope, mail::note_tls_on_connect))
        line += " TLS-on-connect";
    line += authentication(envelope.origin, parameters);
    if (const auto forwarded = note_of(envelope, mail::note_forwarded); !forwarded.empty())
        line += " XF=" + escape(forwarded);
    if (parameters.log_proxy && !envelope.origin.proxy.local_address.empty())
        line += " PRX=" + envelope.origin.proxy.local_address;
    if (arrival.is_prdr)
        line += " PRDR";
    if (arrival.by_chunks)
        line += " K";
    if (mail::tls_wish(envelope) == mail::TlsWish::required)
        line += " REQUIRETLS";
    line += " S=" + std::to_string(arrival.size);
    if (parameters.log_8bitmime)
        line += std::string(" M8S=") + body_kind(envelope);
    if (parameters.log_dkim && !arrival.signed_by.empty())
        line += " DKIM=" + escape(arrival.signed_by);
    if (parameters.log_receive_time)
        line += " RT=" + format_elapsed(static_cast<std::int64_t>(arrival.receive_ms) * 1000, parameters.log_millisec);
    if (!envelope.queue.empty())
        line += " Q=" + escape(envelope.queue);
    if (parameters.log_msg_id && !arrival.message_id.empty() &&
        (!arrival.message_id_created || parameters.log_msg_id_created))
        line += std::string(arrival.message_id_created ? " id*=" : " id=") + escape(arrival.message_id);
    if (parameters.log_subject && !arrival.subject.empty())
        line += " T=" + quoted(replace_all(arrival.subject, "\\", "\\\\"));
    if (parameters.log_received_sender)
        line += " from <" + escape(envelope.sender_original.empty() ? envelope.sender : envelope.sender_original) + ">";
    const auto& recipients = arrival.judged.empty() ? envelope.recipients : arrival.judged;
    if (parameters.log_received_recipients && !recipients.empty()) {
        line += " for";
        for (const auto& recipient : recipients) {
            if (line.size() > longest_list) {
                line += " ...";
                break;
            }
            line += " " + escape(recipient.original.empty() ? recipient.address : recipient.original, true);
        }
    }
    return line;
}

}
