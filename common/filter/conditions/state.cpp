// Conditions that are words alone: delivered, error_message, first_delivery, manually_thawed.

#include "common/filter/condition.h"
#include "common/filter/parser.h"
#include "common/filter/run.h"

namespace gp::filter {
namespace {

using Ask = bool (*)(Run& run);

class State final : public Test {
public:
    State(std::string_view name, Ask ask) : name_(name), ask_(ask) {}
    Result<bool> holds(Run& run) const override { return ask_(run); }
    std::string words() const override { return std::string(name_); }

private:
    const std::string_view name_;
    const Ask ask_;
};

template <Ask ask>
Result<TestPtr> make(std::string_view name)
{
    return TestPtr(std::make_unique<State>(name, ask));
}

bool is_delivered(Run& run)
{
    return run.outcome().is_significant;
}
bool is_error_message(Run& run)
{
    return run.scene().message->sender.empty();
}
bool is_first_delivery(Run& run)
{
    return run.scene().message->is_first_delivery;
}
bool is_manually_thawed(Run& run)
{
    return run.scene().message->is_manually_thawed;
}

const RegisterCondition conditions[] = {
    RegisterCondition{{.name = "delivered",
                       .parse = [](Parser&) { return make<is_delivered>("delivered"); },
                       .doc = "A significant delivery has been set up."}},
    RegisterCondition{{.name = "error_message",
                       .parse = [](Parser&) { return make<is_error_message>("error_message"); },
                       .doc = "The message is a bounce."}},
    RegisterCondition{{.name = "first_delivery",
                       .parse = [](Parser&) { return make<is_first_delivery>("first_delivery"); },
                       .doc = "Nobody has tried to deliver the message before."}},
    RegisterCondition{{.name = "manually_thawed",
                       .parse = [](Parser&) { return make<is_manually_thawed>("manually_thawed"); },
                       .doc = "An administrator has thawed the message."}},
};

}
}
