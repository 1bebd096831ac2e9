// spam = USER[:true][/defer_ok]: what SpamAssassin or rspamd thinks of the message (manual 45.2). Scanned once for
// each user.

#include "common/acl/condition.h"
#include "common/acl/scanning.h"
#include "common/base/text.h"
#include "common/config/list.h"

namespace gp::acl {
namespace {

struct Wanted {
    std::string user;
    bool always = false; // only the variables are wanted
    bool defer_ok = false;
    bool nothing() const { return user.empty() || user == "0" || same_nocase(user, "false"); }
};

Result<Wanted> parse(std::string_view text)
{
    Wanted wanted;
    const auto parts = config::split_list(text, '/');
    std::string_view user = parts.empty() ? std::string_view{} : std::string_view(parts.front());
    if (const auto colon = user.rfind(':'); colon != std::string_view::npos && same_nocase(trim(user.substr(colon + 1)), "true")) {
        wanted.always = true;
        user = trim(user.substr(0, colon));
    }
    wanted.user = user == "1" || same_nocase(user, "true") ? "nobody" : std::string(user);
    for (std::size_t i = 1; i < parts.size(); ++i) {
        if (parts[i] != "defer_ok")
            return misconfigured("\"" + escape(parts[i]) + "\" is no option: defer_ok is");
        wanted.defer_ok = true;
    }
    return wanted;
}

// The envelope and the client, as rspamd wants to hear of them.
std::vector<std::string> about(const Context& context)
{
    std::vector<std::string> lines;
    if (const auto* message = context.scene.message; message && !message->id.empty())
        lines.push_back("Queue-Id: " + std::string(message->id));
    lines.push_back("From: <" + std::string(context.sender) + ">");
    if (context.recipients) {
        lines.push_back("Recipient-Number: " + std::to_string(context.recipients->size()));
        for (const auto& recipient : *context.recipients)
            lines.push_back("Rcpt: <" + recipient + ">");
    }
    const auto* origin = context.scene.origin;
    const std::pair<std::string_view, std::string> rest[] = {{"Helo: ", origin ? origin->helo_name : ""},
                                                             {"Hostname: ", origin ? origin->host_name : ""},
                                                             {"IP: ", origin ? origin->host_address : ""},
                                                             {"User: ", origin ? origin->authenticated_id : ""}};
    for (const auto& [name, value] : rest)
        if (!value.empty())
            lines.push_back(std::string(name) + value);
    return lines;
}

// All but the report goes with the message, to be shown when it is delivered (manual 45.3).
void keep(mail::PolicyState& state, const ScanFinding& finding)
{
    if (finding.name == "spam_report")
        return;
    std::erase_if(state.variables, [&](const mail::Variable& one) { return one.name == finding.name; });
    state.variables.push_back({finding.name, finding.value, true});
}

class Spam final : public Test {
public:
    explicit Spam(expand::Expression text) : text_(std::move(text)) {}
    Result<Truth> test(Context& context) const override
    {
        auto words = text_.expand(context.scene);
        if (!words)
            return words.error().cause == Cause::forced_fail ? passed_over() : words.error();
        const auto wanted = TRY(parse(words->text));
        if (wanted.nothing())
            return Truth::no;
        const auto found = ask_scanner(
            context, "spam", context.spamd_address,
            {.purpose = ScanRequest::For::spam, .servers = {}, .user = wanted.user, .about = about(context), .timeout = {}});
        if (!found)
            return wanted.defer_ok ? Truth::no : Truth::defer;
        bool is_spam = false;
        for (const auto& finding : found->findings) {
            if (finding.name == "spam_is") {
                is_spam = finding.value == "1";
                continue;
            }
            context.scene.facts.set(finding.name, Text::from(finding.value, "the spam scanner"));
            keep(context.state, finding);
        }
        return wanted.always || is_spam ? Truth::yes : Truth::no;
    }

private:
    expand::Expression text_;
};

const RegisterCondition self{{
    .name = "spam",
    .allowed_at = where_data | where_not_smtp | where_prdr,
    .make = make_expanded<Spam, parse>,
    .doc = "SpamAssassin or rspamd takes the message for spam.",
}};

}
}
