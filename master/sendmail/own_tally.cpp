#include "master/sendmail/own_tally.h"

#include <filesystem>
#include <fstream>

namespace gp::sendmail {
namespace {

// With the mark of an owner that did not close in order: the copy of a file that is being written is looked at as a
// whole, and one that is torn is begun anew.
void copy_counts(const std::string& from, const std::string& to)
{
    std::error_code wrong;
    if (std::filesystem::copy_file(from, to, wrong); !wrong)
        std::ofstream{to + ".open"}.flush();
}

}

Result<tally::Ledger*> OwnTally::ledger()
{
    if (ledger_)
        return ledger_.get();
    for (const auto* name : {"/ratelimit", "/seen"})
        copy_counts(suites_ + name, directory_ + name);
    ledger_ = TRY(tally::Ledger::open(directory_, clock_));
    return ledger_.get();
}

Result<tally::RateReply> OwnTally::answer(const tally::Rate& question, ipc::Channel&)
{
    return TRY(ledger())->rate(question);
}

Result<tally::SeenReply> OwnTally::answer(const tally::Seen& question, ipc::Channel&)
{
    return TRY(ledger())->seen(question);
}

}
