#include "utilities/statistics/rejections.h"

#include <vector>

#include "common/base/text.h"
#include "common/lookup/regex.h"

namespace gp::utilities {
namespace {

// A form of refusal: group 1 (and 2) of the expression behind the words that begin the reason.
struct Form {
    const char* expression;
    const char* begins = "";
    bool is_temporary = false;
    const char* between = nullptr; // of groups 1 and 2, where there are two
};

// The first that matches counts.
constexpr Form forms[] = {
    {.expression = "rejected [HE][EH]LO from .*syntactically invalid argument()", .begins = "Rejected HELO/EHLO: syntactically invalid argument"},
    {.expression = "response to \"RCPT TO.*? was: (.*)", .begins = "Response to RCPT TO was: "},
    {.expression = "temporarily rejected ([A-Z]+) .*?: (.*?)(?::|\\s*$)", .begins = "Temporarily rejected ", .is_temporary = true, .between = ": "},
    {.expression = "rejected ([A-Z]+) .*?: (.*?)(?::|\\s*$)", .begins = "Rejected ", .between = ": "},
    {.expression = "(temporarily rejected connection in .*)", .is_temporary = true},
    {.expression = "rejected DATA: (.*)", .begins = "Rejected DATA: "},
    {.expression = "rejected after DATA: (.*)"},
    {.expression = "(rejected by (?:non-SMTP ACL: |local_scan).*)"},
    {.expression = "^H=\\[[^]]*\\] rejected connection in \"connect\" ACL: (.*)"},
    {.expression = "(dropped: too many (?:(?:nonmail|unrecognized) commands|syntax or protocol errors))"},
    {.expression = "refused connection .*?(\\(.*)", .begins = "Refused connection "},
    {.expression = "[Cc]onnection from .*? (refused.*?)(?: =|$)", .begins = "Connection "},
    {.expression = "(SMTP protocol (?:violation|synchronization error))"},
    {.expression = "(unqualified recipient rejected)"},
    {.expression = "(sender rejected)"},
    {.expression = "(message too big)"},
    {.expression = "(too many recipients)"},
};
constexpr const char* hosts[] = {"H=.*?(\\[[^]]*\\])", "Connection from (\\[[^]]*\\])", "SMTP call from .*?(\\[[^]]*\\])",
                                 "rejected [HE][EH]LO from .*?(\\[[^]]*\\])"};

std::vector<lookup::Regex> compiled(auto&& texts)
{
    std::vector<lookup::Regex> all;
    for (const auto& text : texts) {
        auto regex = lookup::Regex::compile(text);
        all.push_back(regex ? std::move(*regex) : lookup::Regex{}); // they are constants: a test knows that all compile
        all.back().speed_up();
    }
    return all;
}

std::vector<std::string> groups_of(const lookup::Regex& regex, std::string_view text)
{
    std::vector<lookup::Regex::Span> groups;
    return regex.match(text, groups).value_or(false) ? lookup::captured(text, groups) : std::vector<std::string>{};
}

const std::vector<lookup::Regex>& form_expressions()
{
    static const auto all = [] {
        std::vector<std::string> texts;
        for (const auto& form : forms)
            texts.emplace_back(form.expression);
        return compiled(texts);
    }();
    return all;
}

std::string host_of(std::string_view text)
{
    static const auto all = compiled(hosts);
    for (const auto& regex : all)
        if (const auto groups = groups_of(regex, text); groups.size() > 1)
            return groups[1];
    return "local";
}

bool tells_of_refusal(std::string_view text)
{
    for (const std::string_view word : {"rejected", "refused", "dropped"})
        if (text.find(word) != std::string_view::npos)
            return true;
    return false;
}

}

std::optional<Rejection> rejection_of(std::string_view text)
{
    if (!tells_of_refusal(text) || text.starts_with("SA: "))
        return std::nullopt;
    Rejection found{.reason = "Unknown", .host = host_of(text)};
    const auto& expressions = form_expressions();
    for (std::size_t i = 0; i < expressions.size(); ++i) {
        const auto groups = groups_of(expressions[i], text);
        if (groups.empty())
            continue;
        const auto& form = forms[i];
        found.is_temporary = form.is_temporary;
        found.reason = form.begins + groups[1] + (form.between ? form.between + groups[2] : "");
        if (!found.reason.empty())
            found.reason.front() = to_upper(found.reason.front());
        break;
    }
    return found;
}

std::optional<std::string> spam_host_of(std::string_view text)
{
    static const auto form = compiled(std::vector<std::string>{
        "^SA: Action: (?:(?:permanently|temporarily) rejected message|flagged as Spam but accepted): score=\\d+\\.\\d"
        "(?:.*?\\(host=.*?(\\[[^]]*\\]))?"});
    const auto groups = groups_of(form.front(), text);
    if (groups.empty())
        return std::nullopt;
    return groups.size() > 1 ? groups[1] : std::string{};
}

}
