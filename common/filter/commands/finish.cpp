// finish: the end, before the end of the file.

#include "common/filter/command.h"
#include "common/filter/run.h"

namespace gp::filter {
namespace {

class Finish final : public Step {
public:
    explicit Finish(bool is_seen) : is_seen_(is_seen) {}
    Result<Flow> obey(Run& run) const override
    {
        run.outcome().is_significant |= is_seen_;
        run.print(is_seen_ ? "Seen finish" : "Finish");
        return Flow::stop;
    }

private:
    const bool is_seen_;
};

Result<std::unique_ptr<Step>> parse(Parser&, const Prefix& prefix)
{
    return std::unique_ptr<Step>(std::make_unique<Finish>(prefix.seen.value_or(false)));
}

const RegisterCommand self{{.name = "finish", .parse = parse, .doc = "Ends the filter."}};

}
}
