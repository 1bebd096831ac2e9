// ${extract{key}{name=value …}{yes}{no}}, ${extract{number}{separators}{text}{yes}{no}},
// ${extract json{key or number}{text}{yes}{no}}, ${extract jsons…} (manual 11.5).

#include <algorithm>
#include <charconv>

#include "common/base/text.h"
#include "common/expand/detail/branching.h"
#include "common/expand/detail/json.h"
#include "common/expand/item.h"
#include "common/expand/parser.h"
#include "common/lookup/quoted.h"

namespace gp::expand {
namespace {

enum class Form { plain, json, jsons };

// "name = value name=value": white space and "=" between them; values may be quoted.
std::optional<std::string> value_of(std::string_view key, std::string_view text)
{
    std::size_t at = 0;
    while (true) {
        while (at < text.size() && is_space(text[at]))
            ++at;
        if (at >= text.size())
            return std::nullopt;
        const auto from = at;
        while (at < text.size() && text[at] != '=' && !is_space(text[at]))
            ++at;
        const auto name = text.substr(from, at - from);
        while (at < text.size() && is_space(text[at]))
            ++at;
        if (at < text.size() && text[at] == '=')
            ++at;
        while (at < text.size() && is_space(text[at]))
            ++at;
        auto value = lookup::read_word(text, at);
        if (same_nocase(name, key))
            return value;
    }
}

// Field `number` of those between any of the separators; negative ones are counted from the end.
std::optional<std::string> field_of(std::int64_t number, std::string_view separators, std::string_view text)
{
    if (number == 0)
        return std::string(text);
    if (number < 0) {
        const auto is_separator = [&](char c) { return separators.find(c) != separators.npos; };
        number += std::ranges::count_if(text, is_separator) + 2;
        if (number <= 0)
            return std::nullopt;
    }
    for (std::size_t from = 0;;) {
        const auto end = separators.empty() ? text.npos : text.find_first_of(separators, from);
        if (--number == 0)
            return std::string(text.substr(from, end == text.npos ? end : end - from));
        if (end == text.npos)
            return std::nullopt;
        from = end + 1;
    }
}

// A number wants separators before its text, a name does not.
bool is_number(std::string_view key)
{
    key = trim(key);
    if (key.starts_with('-'))
        key.remove_prefix(1);
    for (const char c : key)
        if (!is_digit(c))
            return false;
    return true;
}

Result<std::optional<std::string>> find_json(Form form, std::string_view key, std::string_view text)
{
    const std::string_view word = "extract json"; // of both forms, as in Exim
    std::optional<std::string_view> found;
    std::int64_t number = 0;
    const auto read = std::from_chars(key.data(), key.data() + key.size(), number);
    if (read.ec == std::errc{} && read.ptr == key.data() + key.size()) {
        const auto elements = TRY(json_elements(text, word));
        if (number <= 0)
            return misconfigured("first argument of \"extract\" must be greater than zero");
        if (number > 0 && static_cast<std::size_t>(number) <= elements.size())
            found = elements[static_cast<std::size_t>(number) - 1];
    } else {
        found = TRY(json_member(text, key, word));
    }
    if (!found)
        return std::optional<std::string>();
    if (form == Form::jsons)
        found = TRY(json_unquoted(*found, "extract jsons"));
    return std::optional<std::string>(*found);
}

// The braced texts in order: key, separators if the key is a number, subject, and perhaps yes and no. Which
// of them are which may be known only when the key is expanded.
class Extract final : public Node {
public:
    using Texts = std::vector<std::unique_ptr<Sequence>>;
    Extract(Form form, Texts texts, bool fails) : form_(form), texts_(std::move(texts)), fails_(fails) {}

    Status evaluate(Scene& scene, Text& out) const override
    {
        Text key_text, separators, subject;
        TRY(texts_[0]->evaluate(scene, key_text));
        const auto key = trim(key_text.text);
        const bool by_number = form_ == Form::plain && is_number(key_text.text) && !key.empty();
        const std::size_t subject_at = by_number ? 2 : 1;
        if (key.empty() && texts_.size() > 1)
            return misconfigured("first argument of \"extract\" must not be empty");
        if (texts_.size() <= subject_at)
            return misconfigured("missing '{' for arg 3 of extract");
        if (texts_.size() > subject_at + 3 || (fails_ && texts_.size() != subject_at + 2))
            return misconfigured("missing '}' closing extract");
        if (by_number)
            TRY(texts_[1]->evaluate(scene, separators));
        TRY(texts_[subject_at]->evaluate(scene, subject));
        auto found = TRY(find(key, by_number, separators.text, subject.text));
        return finish(scene, subject_at + 1, std::move(found), subject, out);
    }

private:
    Result<std::optional<std::string>> find(std::string_view key, bool by_number, std::string_view separators,
                                            std::string_view subject) const
    {
        if (form_ != Form::plain)
            return find_json(form_, key, subject);
        if (!by_number)
            return value_of(key, subject);
        std::int64_t number = 0;
        std::from_chars(key.data(), key.data() + key.size(), number);
        return field_of(number, separators, subject);
    }

    Status finish(Scene& scene, std::size_t yes, std::optional<std::string> found, const Text& subject, Text& out) const
    {
        if (!found) {
            if (texts_.size() > yes + 1)
                return texts_[yes + 1]->evaluate(scene, out);
            if (fails_)
                return permanent("\"extract\" failed and \"fail\" requested", Cause::forced_fail);
            return {};
        }
        Text value = Text::clean(std::move(*found));
        value.mark(subject);
        if (texts_.size() <= yes) {
            out.append(value);
            return {};
        }
        const Saved saved(scene.value);
        scene.value = std::move(value);
        return texts_[yes]->evaluate(scene, out);
    }

    Form form_;
    Texts texts_;
    bool fails_;
};

Result<std::unique_ptr<Sequence>> argument(Parser& parser, std::size_t number)
{
    parser.skip_space();
    if (!parser.take('{'))
        return parser.fail("missing '{' for arg " + std::to_string(number) + " of extract");
    auto out = TRY(parser.inside_braces());
    if (!parser.take('}'))
        return parser.curly();
    return out;
}

Form read_form(Parser& parser)
{
    parser.skip_space();
    for (const auto& [word, form] : {std::pair{std::string_view("jsons"), Form::jsons}, {"json", Form::json}}) {
        if (!parser.rest().starts_with(word) || is_alnum(parser.peek(word.size())))
            continue;
        parser.skip(word.size());
        return form;
    }
    return Form::plain;
}

// Where the key is constant the texts are counted here, with the errors of every item with branches.
Result<NodePtr> parse_counted(Parser& parser, Form form, Extract::Texts texts, std::size_t count)
{
    while (texts.size() < count)
        texts.push_back(TRY(argument(parser, texts.size() + 1)));
    auto branches = TRY(parser.branches("extract"));
    if (branches.yes)
        texts.push_back(std::move(branches.yes));
    if (branches.no)
        texts.push_back(std::move(branches.no));
    return NodePtr(std::make_unique<Extract>(form, std::move(texts), branches.fails));
}

Result<NodePtr> parse(Parser& parser)
{
    constexpr std::size_t most = 5;
    const auto form = read_form(parser);
    Extract::Texts texts;
    texts.push_back(TRY(argument(parser, 1)));
    const auto* key = texts.front()->constant();
    if (form != Form::plain)
        return parse_counted(parser, form, std::move(texts), 2);
    if (key && !trim(*key).empty() && !parser.in_repeated_text())
        return parse_counted(parser, form, std::move(texts), is_number(*key) ? 3 : 2);
    texts.push_back(TRY(argument(parser, 2)));
    parser.skip_space();
    while (texts.size() < most && parser.peek() == '{') {
        texts.push_back(TRY(argument(parser, texts.size() + 1)));
        parser.skip_space();
    }
    const bool fails = parser.peek() != '}' && parser.name("_") == "fail";
    parser.skip_space();
    if (!parser.take('}'))
        return parser.fail("missing '}' closing extract");
    return NodePtr(std::make_unique<Extract>(form, std::move(texts), fails));
}

const RegisterItem self{{
    .name = "extract",
    .parse = parse,
    .doc = "A named value or a numbered field of a text, or a part of a JSON text.",
}};

}
}
