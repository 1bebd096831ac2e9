// log - the one writer of the log files.
//
// Every service sends its lines here; they are written in the order of their time stamps, those of some
// milliseconds with one write() for each file: lines wait in the sockets meanwhile, where the death of their
// writer does not touch them, and nobody is woken for each. It sees the log directory and nothing else.

#include <unistd.h>

#include "common/ipc/endpoint.h"
#include "common/log/logd/parameters.h"
#include "common/log/logd/protocol.h"
#include "common/log/logd/writer.h"
#include "common/service/boot.h"

namespace {

using namespace gp;

// So long lines gather. Nobody waits for a log line; while this process rests it is not woken for each.
constexpr useconds_t rest{4000};

class Lines final : public ipc::Endpoint<logd::Lines, logd::WriteLine> {
public:
    explicit Lines(logd::Writer& writer) : writer_(writer) {}

    void notice(const logd::Lines& lines, ipc::Channel&) override
    {
        for (const auto& line : lines.lines)
            writer_.add(line);
        if (!scheduled_)
            event::Loop::current().defer([this] {
                scheduled_ = false;
                writer_.flush();
                ::usleep(rest);
            });
        scheduled_ = true;
    }

    Result<ipc::Done> answer(const logd::WriteLine& wanted, ipc::Channel&) override
    {
        writer_.add(wanted.line);
        writer_.flush();
        if (writer_.has_pending())
            return temporary("it waits until the log files can be written");
        return ipc::Done{};
    }

private:
    logd::Writer& writer_;
    bool scheduled_ = false;
};

}

int main(int argc, char** argv)
{
    service::Boot boot{"log", argc, argv};
    const SystemClock clock;
    logd::Writer writer{boot.parameters<logd::Parameters>(), clock};
    auto jailed = std::move(boot).enter_jail();
    writer.start();
    Lines lines{writer};
    event::Timer retry{[&] { writer.flush(); }}; // a file that could not be written is tried again
    const int status = jailed.serve({.endpoint = &lines, .on_start = [&] { retry.start_every(Duration{5000}); }});
    writer.finish();
    return status;
}
