#include "common/acl/scanning.h"

#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::acl {

Result<std::string> ScannerOption::value(expand::Scene& scene) const
{
    if (!expression)
        return text;
    auto words = TRY(expression->expand(scene));
    // Whom router connects to is nothing that a stranger decides.
    if (words.tainted())
        return misconfigured("a tainted value names no scanner");
    return std::move(words.text);
}

Result<ScanAnswer> ask_scanner(Context& context, std::string_view condition, const ScannerOption& servers,
                               ScanRequest request)
{
    auto answer = [&]() -> Result<ScanAnswer> {
        if (!context.scanners)
            return misconfigured("there is no message to be scanned here");
        request.servers = TRY(servers.value(context.scene));
        request.lasting = !servers.expression;
        return context.scanners->scan(request);
    }();
    if (!answer) {
        const auto* message = context.scene.message;
        log::panic((message && !message->id.empty() ? std::string(message->id) + " " : "") + std::string(condition) +
                   " acl condition: " + escape(answer.error().text));
        return answer;
    }
    context.scene.facts.set("callout_address", Text::clean(answer->server));
    return answer;
}

}
