// ${certextract{field}{$tls_in_peercert}{yes}{no}}: a part of a certificate.

#include "common/base/text.h"
#include "common/expand/certificate.h"
#include "common/expand/detail/branching.h"
#include "common/expand/detail/judge.h"
#include "common/expand/detail/nodes.h"
#include "common/expand/item.h"
#include "common/expand/parser.h"

namespace gp::expand {
namespace {

class CertExtract final : public Node {
public:
    CertExtract(std::unique_ptr<Sequence> field, std::unique_ptr<Sequence> certificate, Branches branches)
        : field_(std::move(field)), certificate_(std::move(certificate)), branches_(std::move(branches))
    {
    }

    Status evaluate(Scene& scene, Text& out) const override
    {
        const auto field = TRY(field_->text(scene));
        const auto certificate = TRY(certificate_->text(scene));
        std::optional<std::string> found;
        if (!certificate.empty() && !trim(field.text).empty())
            found = TRY(certificate_field(certificate.text, trim(field.text), scene.site().timezone_is_utc));
        // Whoever made the certificate chose the words.
        Text value = found ? Text::from(std::move(*found), "${certextract") : Text{};
        const bool is_there = !value.empty(); // before it is moved from: arguments are evaluated in any order
        return take_branch(scene, branches_, is_there, std::move(value), out);
    }

private:
    std::unique_ptr<Sequence> field_, certificate_;
    Branches branches_;
};

Result<NodePtr> parse(Parser& parser)
{
    parser.skip_space();
    if (!parser.take('{'))
        return parser.fail("missing '{' for field arg of certextract");
    auto field = TRY(parser.inside_braces());
    if (!parser.take('}'))
        return parser.fail("missing '}' closing field arg of certextract");
    if (auto* judge = parser.judge())
        judge->certificate_part(*field);
    parser.skip_space();
    if (!parser.take('{'))
        return parser.fail("missing '{' for cert variable arg of certextract");
    auto certificate = TRY(parser.inside_braces());
    const auto* variable = dynamic_cast<const VariableNode*>(certificate->only());
    if (variable && !variable->variable().is_certificate)
        return parser.fail("\"" + std::string(variable->name()) + "\" is not a certificate");
    if (!variable)
        return parser.fail("second argument of \"certextract\" must be a certificate variable");
    if (!parser.take('}'))
        return parser.fail("missing '}' closing cert variable arg of certextract");
    auto branches = TRY(parser.branches("certextract"));
    return NodePtr(std::make_unique<CertExtract>(std::move(field), std::move(certificate), std::move(branches)));
}

const RegisterItem self{{
    .name = "certextract",
    .parse = parse,
    .doc = "A part of a certificate.",
}};

}
}
