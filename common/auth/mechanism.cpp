#include "common/auth/mechanism.h"

#include "common/base/text.h"

namespace gp::auth {
namespace {

constexpr std::string_view names[Credentials::most] = {"auth1", "auth2", "auth3", "auth4"};

}

void Credentials::add(std::string value)
{
    if (values_.size() < expand::Captures::most)
        values_.push_back(std::move(value));
}

void Credentials::set(std::size_t number, std::string value)
{
    if (number == 0 || number > expand::Captures::most)
        return;
    if (values_.size() < number)
        values_.resize(number);
    values_[number - 1] = std::move(value);
}

const std::string& Credentials::at(std::size_t number) const
{
    static const std::string none;
    return number >= 1 && number <= values_.size() ? values_[number - 1] : none;
}

void Credentials::show(expand::Scene& scene) const
{
    auto& captures = scene.captures.values;
    captures.assign(1, Text{});
    for (std::size_t i = 0; i < values_.size(); ++i) {
        auto value = values_[i].empty() ? Text{} : Text::from(values_[i], "$auth1");
        captures.push_back(value);
        if (i < most)
            scene.facts.set(names[i], std::move(value));
    }
}

Result<expand::Expression> Setup::text(std::string_view option) const
{
    if (!settings.is_set(option))
        return expand::Expression{};
    const auto source = settings.expandable(option);
    auto parsed = language.parse(source.text);
    if (!parsed)
        return misconfigured(std::string(option) + ": " + parsed.error().text);
    return parsed;
}

Result<std::optional<expand::Expression>> optional_text(const Setup& setup, std::string_view option)
{
    if (!setup.is_set(option))
        return std::optional<expand::Expression>{};
    return std::optional{TRY(setup.text(option))};
}

Move judge(expand::Scene& scene, const Credentials& credentials, const expand::Expression& condition)
{
    credentials.show(scene);
    auto words = condition.expand(scene);
    if (!words && words.error().cause == Cause::forced_fail)
        return Move::rejected();
    if (!words)
        return Move::deferred(words.error().text);
    const std::string_view text = words->text;
    if (text.empty() || text == "0" || same_nocase(text, "no") || same_nocase(text, "false"))
        return Move::rejected();
    if (text == "1" || same_nocase(text, "yes") || same_nocase(text, "true"))
        return Move::accepted();
    return Move::deferred_openly(std::string(text));
}

Move judge_if_set(expand::Scene& scene, const Credentials& credentials, const std::optional<expand::Expression>& condition)
{
    return condition ? judge(scene, credentials, *condition) : Move::accepted();
}

ClientMove failed_expansion(const expand::Expression& text, const Error& error)
{
    return ClientMove::fail(error.text, "expansion of \"" + escape(text.source(), true) + "\" failed");
}

std::optional<ClientMove> expand_all(expand::Scene& scene, std::initializer_list<Wanted> wanted)
{
    for (const auto& [text, into] : wanted) {
        auto words = text.expand(scene);
        if (!words && words.error().cause == Cause::forced_fail)
            return ClientMove::cancel({});
        if (!words)
            return failed_expansion(text, words.error());
        into = std::move(words->text);
    }
    return std::nullopt;
}

Value value_of(expand::Scene& scene, const Credentials& credentials, const expand::Expression& text)
{
    credentials.show(scene);
    auto words = text.expand(scene);
    if (words)
        return {std::move(words->text), {}};
    if (words.error().cause == Cause::forced_fail)
        return {{}, Move::rejected()};
    return {{}, Move::deferred(words.error().text)};
}

std::vector<std::string> pieces_of(std::string_view octets)
{
    std::vector<std::string> pieces;
    for (auto piece : split(octets, '\0'))
        pieces.emplace_back(piece);
    return pieces;
}

}
