// save FILE [MODE]: appends the message to a file, or with a slash at the end delivers into a directory.

#include "common/filter/command.h"
#include "common/filter/detail/mode.h"
#include "common/filter/parser.h"
#include "common/filter/run.h"

namespace gp::filter {
namespace {

class Save final : public Step {
public:
    Save(Prefix prefix, std::string file, std::uint32_t mode, bool has_mode)
        : prefix_(prefix), file_(std::move(file)), mode_(mode), has_mode_(has_mode)
    {
    }
    Result<Flow> obey(Run& run) const override
    {
        auto path = TRY(run.expand(file_, "save command"));
        const bool is_seen = prefix_.seen.value_or(true);
        run.outcome().is_significant |= is_seen;
        run.print(std::string(is_seen ? "Save" : "Unseen save") + " message to: " + path.text +
                  (has_mode_ ? " " + octal(mode_) : "") + (prefix_.noerror ? " (noerror)" : ""));
        if (run.is_test())
            return Flow::on;
        // A relative name is one below the home directory (filter manual 3.12).
        const auto* own = run.scene().address;
        if (!path.text.starts_with('/') && run.rules().prepends_home && own && !own->home.empty())
            path.text.insert(0, std::string(own->home) + "/");
        TRY(run.add({.kind = Action::Kind::save,
                     .text = path.text,
                     .ignores_errors = prefix_.noerror,
                     .is_tainted = path.tainted(),
                     .mode = mode_}));
        return Flow::on;
    }

private:
    const Prefix prefix_;
    const std::string file_;
    const std::uint32_t mode_;
    const bool has_mode_;
};

Result<std::unique_ptr<Step>> parse(Parser& parser, const Prefix& prefix)
{
    if (parser.rules().forbid_file)
        return parser.disabled("save");
    auto file = TRY(parser.argument("save"));
    bool has_mode = false;
    const auto mode = TRY(optional_mode(parser, has_mode));
    return std::unique_ptr<Step>(std::make_unique<Save>(prefix, std::move(file), mode, has_mode));
}

const RegisterCommand self{{.name = "save", .parse = parse, .doc = "Appends the message to a file."}};

}
}
