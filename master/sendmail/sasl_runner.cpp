#include "master/sendmail/sasl_runner.h"

#include <sys/socket.h>
#include <unistd.h>

#include "common/process/memfd.h"
#include "master/sendmail/command_runner.h"
#include "master/sendmail/master_call.h"

namespace gp::sendmail {
namespace {

// The end of the talk is the end of the program, which is waited for behind it.
class OwnTalk final : public auth::LibraryTalk {
public:
    OwnTalk(OwnedFd ours, const std::string& directory, Duration timeout, process::Child child)
        : child_(std::move(child)), talk_(std::make_unique<router::SaslTalk>(std::move(ours), directory, timeout))
    {
    }
    ~OwnTalk() override
    {
        talk_.reset();
        [[maybe_unused]] const auto ended = process::wait_for(child_, patience);
    }
    Status say(const std::vector<std::string>& words) override { return talk_->say(words); }
    Result<std::vector<std::string>> hear() override { return talk_->hear(); }

private:
    static constexpr Duration patience{5'000}; // then it is killed
    process::Child child_;
    std::unique_ptr<router::SaslTalk> talk_;
};

}

void SaslRunner::configure(std::string directory, Duration timeout)
{
    directory_ = std::move(directory);
    timeout_ = timeout;
}

Result<std::unique_ptr<auth::LibraryTalk>> SaslRunner::start()
{
    auto program = TRY(master_program());
    program.replace(program.rfind('/') + 1, std::string::npos, "sasl");
    auto [ours, theirs] = TRY(process::socket_pair(SOCK_STREAM));
    process::Command command{.path = program, .arguments = {program}, .environment = {"PATH=/bin:/usr/bin"}};
    command.descriptors = {{theirs.get(), STDIN_FILENO}};
    command.own_session = true;
    command.prepare = become_caller;
    auto child = TRY(process::start(command));
    return std::unique_ptr<auth::LibraryTalk>{std::make_unique<OwnTalk>(std::move(ours), directory_, timeout_, std::move(child))};
}

}
