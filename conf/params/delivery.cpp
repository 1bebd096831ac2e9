#include "conf/params/delivery.h"

namespace gp::conf {
namespace {

using config::Standing;
using config::Type;
using config::Use;
using M = Delivery;

// clang-format off
const config::Param<M> rows[] = {
    {"remote_max_parallel", &M::remote_max_parallel, Type::integer, Use::literal, "4", Standing::supported,
     "How many remote deliveries of one message run at once."},
    {"return_path_remove", &M::return_path_remove, Type::boolean, Use::literal, "true", Standing::supported,
     "Whether Return-path: headers are dropped from messages that arrive."},
    {"delivery_date_remove", &M::delivery_date_remove, Type::boolean, Use::literal,
     "true", Standing::supported,
     "Whether Delivery-date: headers are dropped from messages that arrive."},
    {"envelope_to_remove", &M::envelope_to_remove, Type::boolean, Use::literal, "true", Standing::supported,
     "Whether Envelope-to: headers are dropped from messages that arrive."},
    {"received_header_text", &M::received_header_text, Type::string, Use::expanded,
     "Received: ${if def:sender_rcvhost {from $sender_rcvhost\\n\\t}{${if def:sender_ident {from "
     "${quote_local_part:$sender_ident} }}${if def:sender_helo_name {(helo=$sender_helo_name)\\n\\t}}}}by "
     "$primary_hostname ${if def:received_protocol {with $received_protocol }}${if def:tls_in_ver        { "
     "($tls_in_ver)}}${if def:tls_in_cipher_std { tls $tls_in_cipher_std\\n\\t}}(Gatepost "
     "$version_number)\\n\\t${if def:sender_address {(envelope-from <$sender_address>)\\n\\t}}id "
     "$message_exim_id${if def:received_for {\\n\\tfor $received_for}}", Standing::supported,
     "The Received: header that is put on each message. Empty is none, and then nothing detects loops."},
    {"message_id_header_domain", &M::message_id_header_domain, Type::string, Use::expanded,
     nullptr, Standing::supported,
     "The domain of a Message-ID: that is added. When unset, primary_hostname."},
    {"message_id_header_text", &M::message_id_header_text, Type::string, Use::expanded,
     nullptr, Standing::supported,
     "More text for the left side of a Message-ID: that is added."},
    {"extract_addresses_remove_arguments", &M::extract_addresses_remove_arguments, Type::boolean, Use::literal,
     "true", Standing::supported,
     "Whether, with -t, addresses on the command line are taken off the recipients, and not added."},
    {"bounce_message_file", &M::bounce_message_file, Type::string, Use::expanded, nullptr, Standing::supported,
     "A template for bounce messages, read when the configuration is; only $bounce_recipient and the like are expanded in it."},
    {"bounce_message_text", &M::bounce_message_text, Type::string, Use::literal, nullptr, Standing::supported,
     "A text for the top of bounce messages."},
    {"bounce_return_message", &M::bounce_return_message, Type::boolean, Use::literal,
     "true", Standing::supported,
     "Whether a bounce holds the message that it is about."},
    {"bounce_return_body", &M::bounce_return_body, Type::boolean, Use::literal, "true", Standing::supported,
     "Whether it holds the body too, and not only the header."},
    {"bounce_return_size_limit", &M::bounce_return_size_limit, Type::size, Use::literal,
     "100K", Standing::supported,
     "How much of the message a bounce holds at most; 0 is no limit."},
    {"return_size_limit", {}, Type::size, Use::literal, "100K", Standing::supported,
     "An old name for bounce_return_size_limit.", false, true},
    {"bounce_return_linesize_limit", &M::bounce_return_linesize_limit, Type::size, Use::literal,
     "998", Standing::supported,
     "With longer lines than this only the header of the message goes into a bounce."},
    {"bounce_sender_authentication", &M::bounce_sender_authentication, Type::string, Use::literal,
     nullptr, Standing::supported,
     "The address for AUTH= of MAIL when a bounce or a warning goes over an authenticated connection."},
    {"warn_message_file", &M::warn_message_file, Type::string, Use::expanded, nullptr, Standing::supported,
     "A template for warnings that a message is still waiting, read when the configuration is."},
    {"dsn_from", &M::dsn_from, Type::string, Use::expanded,
     "Mail Delivery System <Mailer-Daemon@$qualify_domain>", Standing::supported,
     "The From: header of bounces and warnings."},
    {"errors_reply_to", &M::errors_reply_to, Type::string, Use::literal, nullptr, Standing::supported,
     "A Reply-To: header for bounces and warnings."},
    {"errors_copy", &M::errors_copy, Type::string_list, Use::expanded, nullptr, Standing::supported,
     "Who gets copies of bounces, by the recipient of the bounce."},
    {"freeze_tell", &M::freeze_tell, Type::string, Use::literal, nullptr, Standing::supported,
     "Addresses, with commas between them, that are told when a delivery freezes a message."},
    {"check_rfc2047_length", {}, Type::boolean, Use::literal, "true", Standing::supported,
     "Whether encoded words in headers longer than RFC 2047 allows are left alone."},
    {"headers_charset", {}, Type::string, Use::literal, "UTF-8", Standing::supported,
     "The character set to which encoded words in headers are translated."},
    {"event_action", {}, Type::string, Use::expanded, nullptr, Standing::supported,
     "A text that is expanded for each event of a message as a whole (msg:complete, msg:fail:internal)."},
    {"system_filter", {}, Type::string, Use::expanded, nullptr, Standing::supported,
     "A filter file that every message passes at the start of each attempt to deliver it. It may not use logfile and logwrite."},
    {"system_filter_user", {}, Type::user, Use::literal, nullptr, Standing::supported,
     "The user as whom what the system filter sets up is delivered, and its file read where router may not."},
    {"system_filter_group", {}, Type::group, Use::literal, nullptr, Standing::supported,
     "The group that goes with system_filter_user."},
    {"system_filter_directory_transport", {}, Type::string, Use::expanded, nullptr, Standing::supported,
     "The transport for directories that the system filter names."},
    {"system_filter_file_transport", {}, Type::string, Use::expanded, nullptr, Standing::supported,
     "The transport for files that the system filter names."},
    {"system_filter_pipe_transport", {}, Type::string, Use::expanded, nullptr, Standing::supported,
     "The transport for commands that the system filter names."},
    {"system_filter_reply_transport", {}, Type::string, Use::expanded, nullptr, Standing::supported,
     "The transport for automatic replies that the system filter makes."},
    {"mua_wrapper", {}, Type::boolean, Use::literal, "false", Standing::supported,
     "A local program's message is delivered to a smart host while the program waits, to all recipients or none, and is never "
     "queued; a failure is its exit status 1, and no bounce is made. All addresses must go to one smtp transport and list of hosts. "
     "No port is listened on, and the -od options are ignored."},
    {"disable_fsync", {}, Type::boolean, Use::literal, "false", Standing::removed,
     "Acknowledged mail is always on stable storage first; this cannot be switched off."},
    {"local_scan_timeout", {}, Type::time, Use::literal, "5m", Standing::moot,
     "There is no local_scan() function that could take time."},
};
// clang-format on

}

std::span<const config::Param<Delivery>> Delivery::params()
{
    return rows;
}

}
