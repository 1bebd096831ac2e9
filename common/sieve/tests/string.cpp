// string: of variables (RFC 5229 section 5). valid_notify_method, notify_method_capability (RFC 5435 sections 4
// and 5).

#include "common/base/text.h"
#include "common/sieve/all_of.h"
#include "common/sieve/mailto.h"
#include "common/sieve/match.h"
#include "common/sieve/parser.h"

namespace gp::sieve {
namespace {

using Texts = std::vector<std::string>;

class StringTest final : public Test {
public:
    StringTest(Match match, Texts sources, Texts keys) : match_(match), sources_(std::move(sources)), keys_(std::move(keys)) {}
    Result<bool> holds(Run& run) const override { return match_.any(run, TRY(run.expand(sources_)), keys_); }

private:
    const Match match_;
    const Texts sources_, keys_;
};

// mailto: cannot say whether somebody is online.
class MethodCapability final : public Test {
public:
    MethodCapability(Match match, std::string method, std::string capability, Texts keys)
        : match_(match), method_(std::move(method)), capability_(std::move(capability)), keys_(std::move(keys))
    {
    }
    Result<bool> holds(Run& run) const override
    {
        const auto method = TRY(run.expand(method_));
        if (!parse_mailto(method) || !same_nocase(capability_, "online"))
            return false;
        return match_.any(run, {"maybe"}, keys_);
    }

private:
    const Match match_;
    const std::string method_, capability_;
    const Texts keys_;
};

Result<TestPtr> string(Parser& parser)
{
    Match match;
    while (TRY(match.read_tag(parser))) {
    }
    auto sources = TRY(parser.string_list("source string list expected"));
    auto keys = TRY(parser.string_list("key string list expected"));
    return TestPtr(std::make_unique<StringTest>(match, std::move(sources), std::move(keys)));
}

Result<TestPtr> valid_method(Parser& parser)
{
    auto methods = TRY(parser.string_list("URI string list expected"));
    return TestPtr(std::make_unique<AllOf>(
        std::move(methods), [](Run&, const std::string& method) { return parse_mailto(method).has_value(); }));
}

Result<TestPtr> method_capability(Parser& parser)
{
    Match match;
    while (TRY(match.read_tag(parser))) {
    }
    auto method = TRY(parser.string("missing notification URI string"));
    auto capability = TRY(parser.string("missing notification capability string"));
    auto keys = TRY(parser.string_list("key string list expected"));
    return TestPtr(std::make_unique<MethodCapability>(match, std::move(method), std::move(capability), std::move(keys)));
}

const RegisterTest tests[] = {
    RegisterTest{{.name = "string", .capability = "variables", .parse = string, .doc = "What texts say."}},
    RegisterTest{{.name = "valid_notify_method", .capability = "enotify", .parse = valid_method, .doc = "Whether notify could."}},
    RegisterTest{{.name = "notify_method_capability", .capability = "enotify", .parse = method_capability, .doc = "What notify can."}},
};

}
}
