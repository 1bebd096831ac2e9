// The modifiers of ACLs: one file each in modifiers/, which registers itself. `message`, `log_message` and
// `endpass` belong to the statement itself and are known to the engine.
#pragma once

#include <memory>
#include <string_view>

#include "common/acl/context.h"
#include "common/base/registry.h"
#include "common/expand/expand.h"

namespace gp::acl {

class Action {
public:
    virtual ~Action() = default;
    virtual Status act(Context& context) const = 0;
};

struct Modifier {
    std::string_view name;
    std::uint32_t allowed_at = where_all;
    Result<std::unique_ptr<Action>> (*make)(const expand::Language& language, std::string_view argument) = nullptr;
    std::string_view doc;
};
using RegisterModifier = Registry<Modifier>::Entry;

// The words of `control = …`: one file each, or a family, in controls/.
struct Control {
    std::string_view name;
    std::uint32_t allowed_at = where_all;
    bool takes_options = false; // "/…" may follow
    bool names_file = false;    // what follows is a file to open: never a text from a stranger
    // What it does to the state; null: the word with its options is kept for the message (cleanup obeys).
    Status (*apply)(Context& context, std::string_view options) = nullptr;
    std::string_view doc;
};
using RegisterControl = Registry<Control>::Entry;

// Turns whole arguments that are one expansion into text when the statement runs.
class TextAction : public Action {
public:
    explicit TextAction(expand::Expression text) : text_(std::move(text)) {}
    Status act(Context& context) const override;

protected:
    virtual Status with(Context& context, const Text& text) const = 0;

private:
    expand::Expression text_;
};

}
