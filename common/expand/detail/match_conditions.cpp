#include "common/expand/detail/match_conditions.h"

#include "common/expand/detail/judge.h"
#include "common/expand/lists.h"
#include "common/expand/parser.h"
#include "common/net/address.h"

namespace gp::expand {
namespace {

using Ask = Result<match::Match> (*)(Scene& scene, const ListText& list, const Text& subject);

struct MatchRow {
    std::string_view word;
    match::Kind kind;
    Ask ask;
};

const MatchRow* row_of(std::string_view word)
{
    static constexpr MatchRow rows[] = {
        {"match_domain", match::Kind::domain,
         [](Scene& scene, const ListText& list, const Text& subject) {
             return list.domain(scene, subject.text);
         }},
        {"match_local_part", match::Kind::local_part,
         [](Scene& scene, const ListText& list, const Text& subject) {
             return list.local_part(scene, subject.text);
         }},
        {"match_address", match::Kind::address,
         [](Scene& scene, const ListText& list, const Text& subject) {
             return list.address(scene, subject.text);
         }},
        {"match_ip", match::Kind::host,
         [](Scene& scene, const ListText& list, const Text& subject) {
             return list.ip(scene, subject.text);
         }},
    };
    for (const auto& row : rows)
        if (row.word == word)
            return &row;
    return nullptr;
}

class InList final : public Test {
public:
    InList(const MatchRow& row, std::unique_ptr<Sequence> subject, ListText list)
        : row_(row), subject_(std::move(subject)), list_(std::move(list))
    {}

    Result<bool> holds(Scene& scene) const override
    {
        Text subject;
        TRY(subject_->evaluate(scene, subject));
        if (row_.kind == match::Kind::host && !subject.empty() && !net::Address::is_address(subject.text))
            return misconfigured("\"" + subject.text + "\" is not an IP address");
        auto match = row_.ask(scene, list_, subject);
        if (!match)
            return Error{match.error().blame,
                         "unable to complete match against \"" + list_.source() + "\": " + match.error().text,
                         match.error().cause};
        if (!*match)
            return false;
        // What a wildcard stood for is as tainted as the subject, what matched is as clean as the list.
        if (match->has_captures) {
            scene.captures.values.clear();
            for (auto& words : match->captures) {
                Text capture = Text::clean(std::move(words));
                capture.mark(subject);
                scene.captures.values.push_back(std::move(capture));
            }
        }
        // A host list gives nothing but what a look-up found.
        scene.value =
            row_.kind == match::Kind::host && !match->is_looked_up ? Text{} : std::move(match->value);
        return true;
    }

private:
    const MatchRow& row_;
    std::unique_ptr<Sequence> subject_;
    ListText list_;
};

}

Result<TestPtr> parse_match_condition(Parser& parser, std::string_view word)
{
    const auto* row = row_of(word);
    auto subject = TRY(parser.condition_text(word));
    parser.skip_space();
    if (parser.peek() != '{')
        return parser.fail("missing 2nd string in {} after \"" + std::string(word) + "\"");
    const auto list = TRY(parser.condition_text(word, Parser::Dollar::literal));
    if (auto* judge = parser.judge())
        judge->literal_list(row->kind, *list->constant());
    return TestPtr(
        std::make_unique<InList>(*row, std::move(subject), ListText::literal(row->kind, *list->constant())));
}

}
