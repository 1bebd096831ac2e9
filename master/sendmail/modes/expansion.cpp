// -be and -bem FILE: expands the arguments, or each line of standard input (manual 5.3).
#include <cstdio>

#include "master/sendmail/lines.h"
#include "master/sendmail/test_message.h"
#include "master/sendmail/workplace.h"
#include "router/message_scene.h"

namespace gp::sendmail {
namespace {

bool print_expanded(Workplace& place, expand::Scene& scene, const std::string& text)
{
    auto expression = place.world().ground().language.parse_now(text, scene.world.limits);
    auto words = expression ? expression->expand(scene) : Result<Text>(expression.error());
    if (words)
        std::printf("%s\n", words->text.c_str());
    else
        std::printf("Failed: %s\n", words.error().text.c_str());
    return static_cast<bool>(words);
}

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
    if (!options.arguments.empty()) {
        bool good = true;
        for (const auto& text : options.arguments)
            good &= print_expanded(place, scene, text);
        return good ? 0 : 1;
    }
    while (auto line = prompt_for_line())
        print_expanded(place, scene, *line);
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
