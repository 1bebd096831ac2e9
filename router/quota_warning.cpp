#include "router/quota_warning.h"

#include "common/base/text.h"
#include "common/log/log.h"
#include "router/driver.h"

namespace gp::router {
namespace {

constexpr std::string_view usual_message = "To: $local_part@$domain\n"
                                           "Subject: Your mailbox\n\n"
                                           "This message is automatically created by mail delivery software (Exim).\n\n"
                                           "The size of your mailbox has exceeded a warning threshold that is\n"
                                           "set by the system administrator.\n";
constexpr std::string_view usual_from = "Mail Delivery System <Mailer-Daemon@$qualify_domain>";

bool has_header(std::string_view message, std::string_view name)
{
    const auto head = message.substr(0, message.find("\n\n"));
    return std::ranges::any_of(split(head, '\n'), [&](std::string_view line) {
        return same_nocase(line.substr(0, name.size()), name) && trim(line.substr(std::min(line.size(), name.size()))).starts_with(':');
    });
}

}

Result<std::optional<QuotaWarning>> QuotaWarning::read(const Ground& ground, const conf::Driver& instance)
{
    if (!instance.settings.find("quota_warn_threshold") || !instance.settings.is_set("quota_warn_threshold"))
        return std::optional<QuotaWarning>{};
    const auto own = TRY(expression_of(ground, instance, "quota_warn_message"));
    QuotaWarning made{own ? *own : TRY(ground.language.parse(std::string(usual_message)))};
    const auto& main = ground.configuration.main.all;
    made.from_ = TRY(ground.language.parse(main.is_set("dsn_from") ? main.expandable("dsn_from").text : std::string(usual_from)));
    if (main.is_set("errors_reply_to"))
        made.reply_to_ = main.text("errors_reply_to");
    return std::optional{std::move(made)};
}

std::string QuotaWarning::text(expand::Scene& scene) const
{
    const auto message = message_.expand(scene);
    const auto from = message ? from_->expand(scene) : message;
    if (!from) {
        log::warning("failed to expand quota_warn_message: " + from.error().text);
        return {};
    }
    std::string out;
    if (!reply_to_.empty() && !has_header(message->text, "reply-to"))
        out += "Reply-To: " + reply_to_ + "\n";
    out += "Auto-Submitted: auto-replied\n"; // RFC 3834 section 5
    if (!has_header(message->text, "from"))
        out += "From: " + from->text + "\n";
    return out + message->text;
}

}
