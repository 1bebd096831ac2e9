// personal [alias ADDRESS]…: written to this user, by a person.

#include "common/filter/personal.h"

#include "common/filter/condition.h"
#include "common/filter/parser.h"
#include "common/filter/run.h"

namespace gp::filter {
namespace {

class Personal final : public Test {
public:
    explicit Personal(std::vector<std::string> aliases) : aliases_(std::move(aliases)) {}
    Result<bool> holds(Run& run) const override
    {
        std::vector<std::string> known;
        for (const auto& alias : aliases_)
            known.push_back(TRY(run.expand(alias, "filter file")).text);
        return is_personal(run.scene(), known);
    }
    std::string words() const override
    {
        std::string all = "personal";
        for (const auto& alias : aliases_)
            all += " alias " + alias;
        return all;
    }

private:
    const std::vector<std::string> aliases_;
};

Result<TestPtr> parse(Parser& parser)
{
    auto& reader = parser.reader();
    std::vector<std::string> aliases;
    for (;;) {
        const auto place = reader.place();
        if (TRY(reader.word(true)) != "alias") {
            reader.go_back(place);
            return TestPtr(std::make_unique<Personal>(std::move(aliases)));
        }
        aliases.push_back(TRY(reader.item(true)));
    }
}

const RegisterCondition self{{.name = "personal", .parse = parse, .doc = "The message is for this user, from a person."}};

}
}
