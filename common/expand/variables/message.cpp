// The message: $sender_address, $recipients, $message_size, $message_body, $message_headers …

#include "common/expand/detail/values.h"
#include "common/base/text.h"
#include "common/mail/address.h"

namespace gp::expand {
namespace {

Got sender(Scene& scene, std::string_view)
{
    return tainted(message_of(scene).sender, "$sender_address");
}

Got return_path(Scene& scene, std::string_view)
{
    const auto& message = message_of(scene);
    return tainted(message.has_return_path ? message.return_path : message.sender, "$return_path");
}

Got joined_recipients(Scene& scene, std::string_view separator, bool as_list)
{
    const auto& message = message_of(scene);
    if (!message.recipients || !message.recipients_are_shown)
        return Text{};
    std::string out;
    for (const auto& recipient : *message.recipients) {
        if (!out.empty())
            out += separator;
        out += as_list ? replace_all(recipient, ":", "::") : recipient;
    }
    return tainted(out, "$recipients");
}

// Reply-To: if there is one that is not empty, else From: (manual, $reply_address). Not decoded.
Got reply_address(Scene& scene, std::string_view)
{
    const auto* headers = message_of(scene).headers;
    if (!headers)
        return Text{};
    for (std::string_view name : {"reply-to", "from"}) {
        const auto raw = headers->get(name, HeaderForm::raw, {});
        if (!trim(raw).empty())
            return tainted(trim(raw), "$reply_address");
    }
    return Text{};
}

// Newlines are blanks unless message_body_newlines says otherwise; zero octets always are.
Got body_part(const Scene& scene, std::string_view part, std::string_view source)
{
    std::string out(part);
    for (char& c : out)
        if (c == '\0' || (c == '\n' && !scene.site().message_body_newlines))
            c = ' ';
    return tainted(out, source);
}

Got all_headers(Scene& scene, HeaderForm form, std::string_view source)
{
    const auto* headers = message_of(scene).headers;
    if (!headers)
        return Text{};
    return tainted(headers->all(form, scene.headers_charset()), source);
}

std::int64_t originator(const Scene& scene, std::int64_t stored, std::uint32_t caller)
{
    return scene.message && stored >= 0 ? stored : std::int64_t{caller};
}

// clang-format off
const RegisterVariable variables[] = {
    RegisterVariable{{.name = "sender_address", .get = sender, .instead = "$sender_data", .doc = "The envelope sender."}},
    RegisterVariable{{.name = "sender_address_domain", .get = [](Scene& scene, std::string_view) { return tainted(mail::domain_of(message_of(scene).sender), "$sender_address_domain"); }, .doc = "Its domain."}},
    RegisterVariable{{.name = "sender_address_local_part", .get = [](Scene& scene, std::string_view) { return tainted(mail::unquote_local_part(mail::local_part_of(message_of(scene).sender)), "$sender_address_local_part"); }, .doc = "Its local part."}},
    RegisterVariable{{.name = "return_path", .get = return_path, .doc = "The sender that leaves with the message."}},
    RegisterVariable{{.name = "reply_address", .get = reply_address, .doc = "Reply-To: or From:."}},
    RegisterVariable{{.name = "recipients", .get = [](Scene& scene, std::string_view) { return joined_recipients(scene, ", ", false); }, .doc = "The envelope recipients, where they may be seen."}},
    RegisterVariable{{.name = "recipients_list", .get = [](Scene& scene, std::string_view) { return joined_recipients(scene, ":", true); }, .doc = "The same as a list."}},
    RegisterVariable{{.name = "recipients_count", .get = [](Scene& scene, std::string_view) { return clean(message_of(scene).recipients_count); }, .doc = "How many there are."}},
    RegisterVariable{{.name = "rcpt_count", .get = [](Scene& scene, std::string_view) { return clean(message_of(scene).rcpt_count); }, .doc = "RCPT commands so far."}},
    RegisterVariable{{.name = "rcpt_fail_count", .get = [](Scene& scene, std::string_view) { return clean(message_of(scene).rcpt_fail_count); }, .doc = "Of them, refused."}},
    RegisterVariable{{.name = "rcpt_defer_count", .get = [](Scene& scene, std::string_view) { return clean(message_of(scene).rcpt_defer_count); }, .doc = "Of them, put off."}},
    RegisterVariable{{.name = "received_for", .get = [](Scene& scene, std::string_view) { return tainted(message_of(scene).received_for, "$received_for"); }, .doc = "The only recipient."}},
    RegisterVariable{{.name = "received_count", .get = [](Scene& scene, std::string_view) { return clean(message_of(scene).received_count); }, .doc = "Received: headers."}},
    RegisterVariable{{.name = "received_time", .get = [](Scene& scene, std::string_view) { return clean(message_of(scene).received_time); }, .doc = "When it came, in seconds since 1970."}},
    RegisterVariable{{.name = "message_age", .get = [](Scene& scene, std::string_view) { return clean(message_of(scene).age); }, .doc = "Seconds since it came."}},
    RegisterVariable{{.name = "message_exim_id", .get = [](Scene& scene, std::string_view) { return clean(message_of(scene).id); }, .doc = "Our id of the message."}},
    RegisterVariable{{.name = "message_id", .get = [](Scene& scene, std::string_view) { return clean(message_of(scene).id); }, .doc = "An old name of message_exim_id."}},
    RegisterVariable{{.name = "message_size", .get = [](Scene& scene, std::string_view) { return clean(message_of(scene).size); }, .doc = "Octets of the message."}},
    RegisterVariable{{.name = "message_body_size", .get = [](Scene& scene, std::string_view) { return clean(message_of(scene).body_size); }, .doc = "Octets of its body."}},
    RegisterVariable{{.name = "message_linecount", .get = [](Scene& scene, std::string_view) { return clean(message_of(scene).linecount); }, .doc = "Its lines."}},
    RegisterVariable{{.name = "body_linecount", .get = [](Scene& scene, std::string_view) { return clean(message_of(scene).body_linecount); }, .doc = "Lines of its body."}},
    RegisterVariable{{.name = "body_zerocount", .get = [](Scene& scene, std::string_view) { return clean(message_of(scene).body_zerocount); }, .doc = "Zero octets in its body."}},
    RegisterVariable{{.name = "max_received_linelength", .get = [](Scene& scene, std::string_view) { return clean(message_of(scene).max_received_linelength); }, .doc = "Its longest line."}},
    RegisterVariable{{.name = "message_smtputf8", .get = [](Scene& scene, std::string_view) { return yes_no(message_of(scene).smtputf8); }, .doc = "yes: it needs SMTPUTF8."}},
    RegisterVariable{{.name = "message_body", .get = [](Scene& scene, std::string_view) { return body_part(scene, message_of(scene).body_start, "$message_body"); }, .doc = "The start of its body."}},
    RegisterVariable{{.name = "message_body_end", .get = [](Scene& scene, std::string_view) { return body_part(scene, message_of(scene).body_end, "$message_body_end"); }, .doc = "The end of its body."}},
    RegisterVariable{{.name = "message_headers", .get = [](Scene& scene, std::string_view) { return all_headers(scene, HeaderForm::basic, "$message_headers"); }, .doc = "All headers, decoded."}},
    RegisterVariable{{.name = "message_headers_raw", .get = [](Scene& scene, std::string_view) { return all_headers(scene, HeaderForm::raw, "$message_headers_raw"); }, .doc = "All headers as they came."}},
    RegisterVariable{{.name = "queue_name", .get = [](Scene& scene, std::string_view) { const auto* asked = scene.facts.find("queue_name"); return asked ? Result<Text>{*asked} : clean(message_of(scene).queue_name); }, .doc = "The queue that it is in."}},
    RegisterVariable{{.name = "originator_uid", .get = [](Scene& scene, std::string_view) { return clean(originator(scene, message_of(scene).originator_uid, scene.site().caller_uid)); }, .doc = "Who handed it in."}},
    RegisterVariable{{.name = "originator_gid", .get = [](Scene& scene, std::string_view) { return clean(originator(scene, message_of(scene).originator_gid, scene.site().caller_gid)); }, .doc = "With which group."}},
    RegisterVariable{{.name = "prdr_requested", .absent = "no", .doc = "yes: the client wants PRDR."}},
    RegisterVariable{{.name = "local_scan_data", .doc = "What local_scan left."}},
    RegisterVariable{{.name = "bounce_recipient", .doc = "To whom a bounce goes."}},
    RegisterVariable{{.name = "warn_message_delay", .doc = "How long a message is late, in a warning."}},
    RegisterVariable{{.name = "warn_message_recipients", .doc = "For whom, in a warning."}},
    RegisterVariable{{.name = "warnmsg_delay", .doc = "An old name of warn_message_delay."}},
    RegisterVariable{{.name = "warnmsg_recipients", .doc = "An old name of warn_message_recipients."}},
    RegisterVariable{{.name = "mailstore_basename", .doc = "Of the files of a mailstore delivery."}},
    RegisterVariable{{.name = "inode", .absent = "0", .doc = "Of a Maildir file about to be renamed."}},
};
// clang-format on

}
}
