// logfile FILE [MODE], logwrite TEXT: a log of the filter's own. testprint TEXT: for tests alone.

#include "common/filter/command.h"
#include "common/filter/detail/mode.h"
#include "common/filter/parser.h"
#include "common/filter/run.h"

namespace gp::filter {
namespace {

class LogFile final : public Step {
public:
    LogFile(bool is_seen, std::string file, std::uint32_t mode) : is_seen_(is_seen), file_(std::move(file)), mode_(mode) {}
    Result<Flow> obey(Run& run) const override
    {
        auto file = TRY(run.expand(file_, "logfile command"));
        run.print((is_seen_ ? "Seen logfile " : "Logfile ") + file.text);
        run.outcome().is_significant |= is_seen_;
        if (!run.is_test() && file.tainted())
            return permanent("the name of the log file has a stranger's words in it (" + std::string(file.taint) + ")");
        run.set_log(std::move(file.text), mode_);
        return Flow::on;
    }

private:
    const bool is_seen_;
    const std::string file_;
    const std::uint32_t mode_;
};

class LogWrite final : public Step {
public:
    LogWrite(bool is_seen, std::string text) : is_seen_(is_seen), text_(std::move(text)) {}
    Result<Flow> obey(Run& run) const override
    {
        auto text = TRY(run.expand(text_, "logwrite command")).text;
        if (!text.ends_with('\n'))
            text += '\n';
        run.print((is_seen_ ? "Seen logwrite \"" : "Logwrite \"") + shown(text) + "\"");
        run.outcome().is_significant |= is_seen_;
        TRY(run.write_log(text));
        return Flow::on;
    }

private:
    const bool is_seen_;
    const std::string text_;
};

class TestPrint final : public Step {
public:
    TestPrint(bool is_seen, std::string text) : is_seen_(is_seen), text_(std::move(text)) {}
    Result<Flow> obey(Run& run) const override
    {
        const auto text = TRY(run.expand(text_, "testprint command")).text;
        run.print("Testprint: " + shown(text));
        run.outcome().is_significant |= is_seen_;
        return Flow::on;
    }

private:
    const bool is_seen_;
    const std::string text_;
};

Result<std::unique_ptr<Step>> log_file(Parser& parser, const Prefix& prefix)
{
    if (parser.rules().forbid_logwrite)
        return parser.disabled("logfile");
    auto file = TRY(parser.argument("logfile"));
    bool has_mode = false;
    const auto mode = TRY(optional_mode(parser, has_mode));
    return std::unique_ptr<Step>(
        std::make_unique<LogFile>(prefix.seen.value_or(false), std::move(file), has_mode ? mode : 0600));
}

Result<std::unique_ptr<Step>> log_write(Parser& parser, const Prefix& prefix)
{
    if (parser.rules().forbid_logwrite)
        return parser.disabled("logwrite");
    auto text = TRY(parser.argument("logwrite"));
    return std::unique_ptr<Step>(std::make_unique<LogWrite>(prefix.seen.value_or(false), std::move(text)));
}

Result<std::unique_ptr<Step>> test_print(Parser& parser, const Prefix& prefix)
{
    auto text = TRY(parser.argument("testprint"));
    return std::unique_ptr<Step>(std::make_unique<TestPrint>(prefix.seen.value_or(false), std::move(text)));
}

const RegisterCommand commands[] = {
    RegisterCommand{{.name = "logfile", .parse = log_file, .doc = "Names the filter's own log."}},
    RegisterCommand{{.name = "logwrite", .parse = log_write, .doc = "Writes a line to it."}},
    RegisterCommand{{.name = "testprint", .parse = test_print, .doc = "Shows a text while testing."}},
};

}
}
