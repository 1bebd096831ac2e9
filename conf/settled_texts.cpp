#include "conf/settled_texts.h"

#include <algorithm>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/dns/resolver.h"
#include "common/expand/expand.h"
#include "common/expand/scene.h"
#include "router/world.h"

namespace gp::conf {
namespace {

constexpr std::string_view settled[] = {"tls_certificate", "tls_privatekey", "tls_require_ciphers", "tls_eccurve",
                                        "tls_verify_certificates"};
// What does not change with who connects, and asks nobody.
constexpr std::string_view constant_words[] = {"primary_hostname", "qualify_domain", "spool_directory", "config_file",
                                               "config_dir", "exim_path", "value", "version_number",
                                               "if", "env", "extract", "lc", "uc", "sg", "tr", "readfile"};

// The names behind dollars: variables, items and operators. Captures ($1) are none.
bool is_the_same_for_all(std::string_view text)
{
    for (auto at = text.find('$'); at != text.npos; at = text.find('$', at + 1)) {
        const auto begin = at + (text.substr(at + 1).starts_with('{') ? 2 : 1);
        auto end = begin;
        while (end < text.size() && (is_alnum(text[end]) || text[end] == '_'))
            ++end;
        const auto word = text.substr(begin, end - begin);
        const bool is_capture = !word.empty() && std::ranges::all_of(word, [](char c) { return is_digit(c); });
        if (!is_capture && std::ranges::find(constant_words, word) == std::end(constant_words))
            return false;
    }
    return true;
}

class NobodyToAsk final : public dns::Resolver {
    Result<dns::Answer> lookup(std::string_view, dns::Type, event::Deadline) override
    {
        return temporary("no name is looked up while a configuration is compiled");
    }
};

// Empty when the text is forced to fail.
Result<std::string> expanded(const expand::World& world, const std::string& text)
{
    const auto expression = TRY(world.language.parse(text));
    expand::Scene scene{world};
    auto words = expression.expand(scene);
    if (!words && words.error().cause == Cause::forced_fail)
        return std::string{};
    if (!words)
        return std::move(words).error();
    return std::move(words->text);
}

}

std::shared_ptr<const Configuration> settle_texts(std::shared_ptr<const Configuration> configuration,
                                                  config::Problems& problems)
{
    std::vector<std::string> names;
    for (const auto option : settled) {
        const auto text = configuration->main.all.expandable(option);
        if (configuration->main.all.is_written(option) && !text.is_constant() && is_the_same_for_all(text.text))
            names.emplace_back(option);
    }
    if (names.empty())
        return configuration;
    NobodyToAsk resolver;
    SystemClock clock;
    const auto world = router::World::make(configuration, {}, resolver, clock, false);
    if (!world)
        return configuration; // what is wrong with it is told elsewhere
    auto changed = std::make_shared<Configuration>(*configuration);
    for (const auto& name : names) {
        auto& setting = changed->main.all.at(name);
        auto text = expanded((*world)->expansions(), configuration->main.all.expandable(name).text);
        if (!text)
            problems.error(setting.origin, "", name + ": " + text.error().text);
        else if (text->empty())
            setting = {.option = setting.option};
        else
            setting.value = std::move(text).take();
    }
    return changed;
}

}
