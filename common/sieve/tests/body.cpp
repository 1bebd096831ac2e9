// body :raw, :content TYPES, :text (RFC 5173).

#include "common/sieve/body_text.h"
#include "common/sieve/match.h"
#include "common/sieve/parser.h"

namespace gp::sieve {
namespace {

using Texts = std::vector<std::string>;

class Body final : public Test {
public:
    Body(Match match, bool is_raw, Texts types, Texts keys)
        : match_(match), is_raw_(is_raw), types_(std::move(types)), keys_(std::move(keys))
    {
    }
    Result<bool> holds(Run& run) const override
    {
        auto body = TRY(run.body());
        if (is_raw_)
            return match_.any(run, {std::move(body)}, keys_);
        std::string headers;
        if (const auto* all = run.scene().message->headers)
            for (const auto& line : all->lines())
                headers.append(line.whole).append("\n");
        return match_.any(run, parts_of(headers, body, TRY(run.expand(types_))), keys_);
    }

private:
    const Match match_;
    const bool is_raw_;
    const Texts types_, keys_;
};

Result<TestPtr> parse(Parser& parser)
{
    Match match;
    bool is_raw = false, has_transform = false;
    Texts types{"text"};
    for (;;) {
        auto& scanner = parser.scanner();
        const auto tag = scanner.look_tag();
        if (tag == "raw" || tag == "text" || tag == "content") {
            if (has_transform)
                return parser.error("body transform already specified");
            has_transform = true;
            TRY(scanner.tag(tag));
            is_raw = tag == "raw";
            if (tag == "content")
                types = TRY(parser.string_list("content type string list expected"));
        } else if (!TRY(match.read_tag(parser))) {
            break;
        }
    }
    auto keys = TRY(parser.string_list("key string list expected"));
    return TestPtr(std::make_unique<Body>(match, is_raw, std::move(types), std::move(keys)));
}

const RegisterTest test{{.name = "body", .capability = "body", .parse = parse, .doc = "What the body says."}};
const RegisterCapability capability{{.name = "body", .doc = "RFC 5173"}};

}
}
