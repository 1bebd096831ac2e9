// -be and -bem FILE: expands the arguments, or each line of standard input (manual 5.3).
#include <cstdio>
#include <cstring>
#include <unordered_map>

#include "master/sendmail/lines.h"
#include "master/sendmail/test_message.h"
#include "master/sendmail/typed_macros.h"
#include "master/sendmail/workplace.h"
#include "router/message_scene.h"

namespace gp::sendmail {
namespace {

// Lines are kept in their parsed form, macros replaced: a batch has the same ones again and again.
class Expander {
public:
    Expander(Workplace& place, expand::Scene& scene)
        : language_(place.world().ground().language), scene_(scene), macros_(place.configuration())
    {
    }

    // False when it could not be expanded.
    bool print(const std::string& line)
    {
        const auto* expression = parsed(line);
        if (!expression)
            return true; // a macro's definition
        auto words = *expression ? (*expression)->expand(scene_) : Result<Text>(expression->error());
        const auto& shown = words ? words->text : words.error().text;
        if (!words)
            std::fputs("Failed: ", stdout);
        std::fwrite(shown.data(), 1, std::strlen(shown.c_str()), stdout); // up to a zero octet, as Exim shows it
        std::fputc('\n', stdout);
        return static_cast<bool>(words);
    }

private:
    static constexpr std::size_t most_kept = 10'000;

    const Result<expand::Expression>* parsed(const std::string& line)
    {
        if (const auto known = known_.find(line); known != known_.end())
            return &known->second;
        std::string text = line;
        if (!macros_.replace_in(text)) {
            known_.clear(); // what a line means may have changed
            return nullptr;
        }
        if (known_.size() >= most_kept)
            known_.clear();
        return &known_.emplace(line, language_.parse_now(text, scene_.world.limits)).first->second;
    }

    const expand::Language& language_;
    expand::Scene& scene_;
    TypedMacros macros_;
    std::unordered_map<std::string, Result<expand::Expression>> known_;
};

int expand_all(Workplace& place)
{
    const auto& options = place.options();
    TestMessage letter;
    if (const auto file = options.values.find("-bem"); file != options.values.end()) {
        auto read = TestMessage::read(file->second);
        if (!read) {
            std::fprintf(stderr, "exim: %s\n", read.error().text.c_str());
            return 1;
        }
        letter = std::move(*read);
    }
    const std::vector<mail::Variable> variables;
    router::MessageScene message{place.world(), place.origin(), variables, letter.facts(place.sender())};
    message.message().is_first_delivery = false; // nothing is delivered here
    auto& scene = message.scene();
    Expander expander{place, scene};
    if (!options.arguments.empty()) {
        bool good = true;
        for (const auto& text : options.arguments)
            good &= expander.print(text);
        return good ? 0 : 1;
    }
    while (auto line = prompt_for_line())
        expander.print(*line);
    return 0;
}

int expansion(const Options& options)
{
    return Workplace::run(options, Workplace::Needs::expansions, expand_all);
}

const RegisterMode entries[] = {
    RegisterMode{{.name = "-be", .run = expansion, .doc = "expand strings"}},
    RegisterMode{{.name = "-bem",
                  .run = expansion,
                  .value = Mode::Value::follows,
                  .doc = "expand strings for the message in a file"}},
};

}
}
