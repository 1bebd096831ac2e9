#include "common/sieve/parser.h"

#include "common/sieve/detail/encoded_character.h"

namespace gp::sieve {

Steps Parser::script(Status& fault)
{
    Steps steps;
    if (auto skipped = scanner_.skip(); !skipped)
        break_off(skipped.error());
    else
        commands(steps);
    if (!is_broken() && !scanner_.at_end())
        break_off(error("syntax error"));
    fault = fault_;
    return steps;
}

Status Parser::enter()
{
    if (++depth_ > rules_.depth_max)
        return error("blocks and tests are nested more than " + std::to_string(rules_.depth_max) + " deep");
    return {};
}

// A command is kept even when its block broke off: what stands before the fault is obeyed up to it.
void Parser::commands(Steps& into)
{
    while (!is_broken()) {
        const auto word = scanner_.look_word();
        if (word.empty() || !words_.commands.find(word))
            return;
        auto made = command(word);
        if (!made)
            return break_off(made.error());
        into.push_back(std::move(made).take());
    }
}

Result<StepPtr> Parser::command(const std::string& word)
{
    const auto& known = *words_.commands.find(word);
    TRY(scanner_.word());
    if (!known.capability.empty())
        TRY(needs(known.capability));
    require_is_over_ |= word != "require";
    return known.parse(*this);
}

Result<Steps> Parser::block()
{
    if (!TRY(scanner_.punctuation('{')))
        return error("missing block");
    TRY(enter());
    Steps steps;
    commands(steps);
    --depth_;
    if (is_broken())
        return steps;
    if (!TRY(scanner_.punctuation('}')))
        break_off(error("expecting command or closing brace"));
    return steps;
}

Result<TestPtr> Parser::test()
{
    const auto word = scanner_.look_word();
    const auto* known = words_.tests.find(word);
    if (!known)
        return error("missing test");
    TRY(enter());
    TRY(scanner_.word());
    if (!known->capability.empty())
        TRY(needs(known->capability));
    auto made = known->parse(*this);
    --depth_;
    return made;
}

Result<std::vector<TestPtr>> Parser::test_list()
{
    std::vector<TestPtr> tests;
    if (!TRY(scanner_.punctuation('(')))
        return error("missing test list");
    do
        tests.push_back(TRY(test()));
    while (TRY(scanner_.punctuation(',')));
    if (!TRY(scanner_.punctuation(')')))
        return error("missing closing paren");
    return tests;
}

Status Parser::semicolon()
{
    if (!TRY(scanner_.punctuation(';')))
        return error("missing semicolon");
    return {};
}

Result<std::optional<std::string>> Parser::maybe_string()
{
    auto text = TRY(scanner_.string());
    if (text && has("encoded-character"))
        text = TRY(decode_characters(*text, *this));
    return text;
}

Result<std::string> Parser::string(std::string_view missing)
{
    auto text = TRY(maybe_string());
    if (!text)
        return error(std::string(missing));
    return std::move(*text);
}

Result<std::vector<std::string>> Parser::string_list(std::string_view missing)
{
    std::vector<std::string> list;
    if (scanner_.peek() != '[') {
        list.push_back(TRY(string(missing)));
        return list;
    }
    TRY(scanner_.punctuation('['));
    do
        list.push_back(TRY(string("missing string list")));
    while (TRY(scanner_.punctuation(',')));
    if (!TRY(scanner_.punctuation(']')))
        return error("missing string list");
    return list;
}

Result<std::int64_t> Parser::number(std::string_view missing)
{
    const auto value = TRY(scanner_.number());
    if (!value)
        return error(std::string(missing));
    return *value;
}

// RFC 5228 section 3.2: a script that wants what is not there must fail, and names it.
Status Parser::require(const std::string& capability)
{
    if (!words_.capabilities.find(capability) || (capability == "vacation" && !rules_.has_vacation) ||
        (capability == "vacation-seconds" && !rules_.has_vacation) || (capability == "enotify" && !rules_.has_enotify))
        return error("unknown capability \"" + capability + "\"");
    required_.insert(capability);
    if (capability == "vacation-seconds") // RFC 6131 section 2
        required_.insert("vacation");
    return {};
}

Status Parser::needs(std::string_view capability) const
{
    if (has(capability))
        return {};
    return error("missing previous require \"" + std::string(capability) + "\";");
}

}
