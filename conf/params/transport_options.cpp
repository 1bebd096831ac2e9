#include "conf/params/detail/rows.h"

namespace gp::conf {
namespace {

using config::Option;
using config::Repeat;
using config::Standing;
using config::Type;
using config::Use;

// clang-format off
const Option generic_rows[] = {
    {"driver", Type::string, Use::literal, nullptr, Standing::supported,
     "The kind of transport: appendfile, pipe, smtp, lmtp and others."},
    {"body_only", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether headers are left out."},
    {"current_directory", Type::string, Use::expanded, nullptr, Standing::supported,
     "The working directory of the delivery."},
    {"debug_print", Type::string, Use::expanded, nullptr, Standing::supported,
     "A text for debugging output."},
    {"delivery_date_add", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether a Delivery-date: header is added."},
    {"disable_logging", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether deliveries are kept out of the log."},
    {"envelope_to_add", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether an Envelope-to: header is added."},
    {"event_action", Type::string, Use::expanded, nullptr, Standing::supported,
     "A text that is expanded for each event of a delivery."},
    {"group", Type::group, Use::expanded, nullptr, Standing::supported,
     "The group of the delivery."},
    {"headers_add", Type::string_list, Use::expanded, nullptr, Standing::supported,
     "Headers that are added.", false, Repeat::newline_joined},
    {"headers_only", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the body is left out."},
    {"headers_remove", Type::string_list, Use::expanded, nullptr, Standing::supported,
     "Headers that are left out.", false, Repeat::colon_joined},
    {"headers_rewrite", Type::rewrite_rules, Use::literal, nullptr, Standing::supported,
     "Rewriting rules for the headers."},
    {"home_directory", Type::string, Use::expanded, nullptr, Standing::supported,
     "The home directory of the delivery."},
    {"initgroups", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the delivery has all groups of its user."},
    {"max_parallel", Type::integer, Use::expanded, nullptr, Standing::supported,
     "The most deliveries by this transport at once."},
    {"message_size_limit", Type::string, Use::expanded, nullptr, Standing::supported,
     "The largest message that is delivered; 0 is no limit."},
    {"rcpt_include_affixes", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether prefix and suffix of the local part are kept in the recipient's address."},
    {"retry_use_local_part", Type::boolean, Use::literal, nullptr, Standing::supported,
     "Whether a deferral counts for the address, and not for its whole domain."},
    {"return_path", Type::string, Use::expanded, nullptr, Standing::supported,
     "Another envelope sender."},
    {"return_path_add", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether a Return-path: header is added."},
    {"shadow_condition", Type::string, Use::expanded, nullptr, Standing::supported,
     "Whether the shadow transport is run."},
    {"shadow_transport", Type::string, Use::literal, nullptr, Standing::supported,
     "A transport that gets a copy of what was delivered."},
    {"transport_filter", Type::string, Use::expanded, nullptr, Standing::supported,
     "A command through which the message passes."},
    {"transport_filter_timeout", Type::time, Use::literal, "5m", Standing::supported,
     "How long that command may be silent."},
    {"user", Type::user, Use::expanded, nullptr, Standing::supported,
     "The user as whom the delivery runs."},
};

const Option autoreply_rows[] = {
    {"bcc", Type::string, Use::expanded, nullptr, Standing::supported,
     "Hidden recipients of the reply."},
    {"cc", Type::string, Use::expanded, nullptr, Standing::supported,
     "Recipients of a copy of the reply."},
    {"file", Type::string, Use::expanded, nullptr, Standing::supported,
     "A file whose content goes into the reply."},
    {"file_expand", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether that content is expanded."},
    {"file_optional", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether that file may be missing."},
    {"from", Type::string, Use::expanded, nullptr, Standing::supported,
     "The From: header of the reply."},
    {"headers", Type::string, Use::expanded, nullptr, Standing::supported,
     "More headers for the reply."},
    {"log", Type::string, Use::expanded, nullptr, Standing::supported,
     "A file in which replies are noted."},
    {"mode", Type::octal, Use::literal, "0600", Standing::supported,
     "Its permissions."},
    {"never_mail", Type::address_list, Use::expanded, nullptr, Standing::supported,
     "Addresses that never get a reply."},
    {"once", Type::string, Use::expanded, nullptr, Standing::supported,
     "The file that remembers who has got a reply."},
    {"once_file_size", Type::integer, Use::literal, "0", Standing::supported,
     "How large that file may become; 0 is a database without limit."},
    {"once_repeat", Type::time, Use::expanded, nullptr, Standing::supported,
     "After which time somebody gets another reply; 0s is never."},
    {"reply_to", Type::string, Use::expanded, nullptr, Standing::supported,
     "The Reply-To: header of the reply."},
    {"return_message", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the reply holds the message."},
    {"subject", Type::string, Use::expanded, nullptr, Standing::supported,
     "The Subject: header of the reply."},
    {"text", Type::string, Use::expanded, nullptr, Standing::supported,
     "The text of the reply."},
    {"to", Type::string, Use::expanded, nullptr, Standing::supported,
     "The recipients of the reply."},
};

const Option lmtp_rows[] = {
    {"batch_id", Type::string, Use::expanded, nullptr, Standing::supported,
     "What addresses must agree in to be delivered together."},
    {"batch_max", Type::integer, Use::literal, "1", Standing::supported,
     "How many addresses are delivered together."},
    {"command", Type::string, Use::expanded, nullptr, Standing::supported,
     "A command that speaks LMTP."},
    {"ignore_quota", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether a server that offers IGNOREQUOTA is asked to."},
    {"socket", Type::string, Use::expanded, nullptr, Standing::supported,
     "The Unix socket of a server."},
    {"timeout", Type::time, Use::literal, "5m", Standing::supported,
     "How long the server may be silent."},
};

const Option pipe_rows[] = {
    {"allow_commands", Type::string_list, Use::expanded, nullptr, Standing::supported,
     "Commands that may be run."},
    {"batch_id", Type::string, Use::expanded, nullptr, Standing::supported,
     "What addresses must agree in to be delivered together."},
    {"batch_max", Type::integer, Use::literal, "1", Standing::supported,
     "How many addresses are delivered together."},
    {"check_string", Type::string, Use::literal, nullptr, Standing::supported,
     "Lines that begin with this are escaped."},
    {"command", Type::string, Use::expanded, nullptr, Standing::supported,
     "The command, without a shell."},
    {"environment", Type::string, Use::expanded, nullptr, Standing::supported,
     "More variables for the command: NAME=value."},
    {"escape_string", Type::string, Use::literal, nullptr, Standing::supported,
     "What is put before lines that begin with check_string."},
    {"force_command", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether command is used even where an address names one."},
    {"freeze_exec_fail", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether a command that cannot be run freezes the message."},
    {"freeze_signal", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether a command that is ended by a signal freezes the message."},
    {"ignore_status", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the exit status of the command is ignored."},
    {"log_defer_output", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the first line of output is logged when the delivery is deferred."},
    {"log_fail_output", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the first line of output is logged when the delivery failed."},
    {"log_output", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the first line of output is logged."},
    {"max_output", Type::size, Use::literal, "20K", Standing::supported,
     "How much output a command may make before it is ended."},
    {"message_prefix", Type::string, Use::expanded, nullptr, Standing::supported,
     "What goes before the message; a \"From \" line when unset."},
    {"message_suffix", Type::string, Use::expanded, nullptr, Standing::supported,
     "What goes after the message; an empty line when unset."},
    {"path", Type::string, Use::expanded, "/bin:/usr/bin", Standing::supported,
     "Where commands are looked for."},
    {"permit_coredump", Type::boolean, Use::literal, "false", Standing::not_yet,
     "A core file would hold the message, and launcher's limit is a hard one; run the command by hand to see it fall."},
    {"pipe_as_creator", Type::boolean, Use::literal, "false", Standing::not_yet,
     "What lies in the spool never says as whom a command runs, and so whoever handed a message in cannot either: name the user "
     "(user), or have a router find him (check_local_user)."},
    {"restrict_to_path", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether commands must lie in path."},
    {"return_fail_output", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the output goes to the sender when the delivery failed."},
    {"return_output", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether any output makes the delivery fail and goes to the sender."},
    {"temp_errors", Type::string_list, Use::literal, "75:73", Standing::supported,
     "Exit codes that defer; * is any."},
    {"timeout", Type::time, Use::literal, "1h", Standing::supported,
     "How long the command may run."},
    {"timeout_defer", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether a timeout defers, and does not fail."},
    {"umask", Type::octal, Use::literal, "022", Standing::supported,
     "Permissions that files of the command do not get."},
    {"use_bsmtp", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the message is written as batched SMTP."},
    {"use_classresources", Type::boolean, Use::literal, "false", Standing::moot,
     "Login classes with resources exist on BSD systems only."},
    {"use_crlf", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether lines end with CR and LF."},
    {"use_shell", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the command is handed to /bin/sh."},
};

const Option queuefile_rows[] = {
    {"directory", Type::string, Use::expanded, nullptr, Standing::supported,
     "The directory that gets the message as two files in the form of Exim's spool, ID-H and ID-D. It must be there."},
};
// clang-format on

}

std::span<const Option> transport_generic_rows()
{
    return generic_rows;
}

std::span<const Option> transport_autoreply_rows()
{
    return autoreply_rows;
}

std::span<const Option> transport_lmtp_rows()
{
    return lmtp_rows;
}

std::span<const Option> transport_pipe_rows()
{
    return pipe_rows;
}

std::span<const Option> transport_queuefile_rows()
{
    return queuefile_rows;
}

}
