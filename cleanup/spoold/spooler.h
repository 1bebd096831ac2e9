// spoold's service: what others may ask of the spool, and who may ask it.
//
// A message's way: cleanup commits it, qmgr hears of it (Arrived), agents fetch it by ticket under a lease
// and record what they delivered, qmgr records the rest and in the end that it is done. Every word that is
// acknowledged here is on stable storage.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <utility>

#include "cleanup/spoold/committer.h"
#include "cleanup/spoold/leases.h"
#include "cleanup/spoold/protocol.h"
#include "cleanup/spoold/receptions.h"
#include "cleanup/spoold/remembered.h"
#include "cleanup/spoold/space.h"
#include "cleanup/spoold/tenants.h"
#include "cleanup/spoold/ticket.h"
#include "cleanup/spoold/uncertain.h"
#include "cleanup/spoold/upkeep.h"
#include "common/ipc/endpoint.h"

namespace gp::spoold {

class Spooler final
    : public ipc::Endpoint<LargePart, ReadLarge, Commit, LargeAbandon, IsCommitted, WatchSpace, Snapshot, Borrow, GetEnvelope, Search, Numbers, Record,
                           Fetch, Finishing, Delivered, Release> {
public:
    Spooler(spool::Spool& spool, Tickets tickets, const Parameters& parameters, const Clock& clock,
            OwnedFd log_directory = {}, Uncertain::WriteLine write_line = {});

    // Tells what recovery found and starts the fibers. In a running loop.
    Status start();
    void stop();
    bool is_busy() const { return committer_.is_busy() || uncertain_.is_busy(); }

    Result<ipc::Done> answer(const LargePart& part, ipc::Channel& from) override;
    Result<LargeBody> answer(const ReadLarge& question, ipc::Channel& from) override;
    Result<ipc::Done> answer(const Commit& commit, ipc::Channel& from) override;
    void notice(const LargeAbandon& abandon, ipc::Channel& from) override;
    Result<IsCommittedReply> answer(const IsCommitted& question, ipc::Channel& from) override;
    Result<Space> answer(const WatchSpace& question, ipc::Channel& from) override;
    Result<SnapshotReply> answer(const Snapshot& question, ipc::Channel& from) override;
    Result<ipc::Done> answer(const Borrow& wanted, ipc::Channel& from) override;
    Result<GetEnvelope::Reply> answer(const GetEnvelope& question, ipc::Channel& from) override;
    Result<SearchReply> answer(const Search& question, ipc::Channel& from) override;
    Result<NumbersReply> answer(const Numbers& question, ipc::Channel& from) override;
    Result<ipc::Done> answer(const Record& record, ipc::Channel& from) override;
    Result<Fetched> answer(const Fetch& fetch, ipc::Channel& from) override;
    Result<ipc::Done> answer(const Finishing& finishing, ipc::Channel& from) override;
    Result<ipc::Done> answer(const Delivered& delivered, ipc::Channel& from) override;
    void notice(const Release& release, ipc::Channel& from) override;
    void peer_gone(ipc::Channel& channel) override;

private:
    Status read_ends(const spool::Key& id, std::uint64_t size, std::size_t ends, GetEnvelope::Reply& reply);
    struct Arrival {
        const Commit* commit = nullptr;
        spool::Key id;
    };

    Status check_settles(const Commit& commit) const;
    Status check_children(const std::string& settles, const std::vector<std::string>& children) const;
    Status check_commit(const Commit& commit, const spool::Key& id);
    Result<spool::NewMessage> prepare_commit(const Commit& commit, const spool::Key& id, ipc::Channel& from);
    Status write_commit(const Commit& commit, const spool::NewMessage& message, Tenants::Tenant tenant);
    void arrived(const Commit& commit, const spool::Key& id, Tenants::Tenant tenant);
    void tell_arrivals();
    Status lend(const std::vector<std::string>& ids, Tenants::Tenant to);
    void take_back(const std::vector<spool::Key>& ids);
    void commit_ended(const spool::Key& id);
    void wait_for_commit(const spool::Key& id);

    Entry entry_of(const spool::Key& id, const spool::Entry& entry);
    // The envelope with what became of the message since it was recorded, in the spool's form.
    Result<std::string> envelope_now(const spool::Entry& entry, spool::Stored& stored) const;
    Result<bool> add_found(const Search& question, const spool::Key& id, const spool::Entry* entry, SearchReply& reply);
    Result<spool::Stored> read(const spool::Key& id, unsigned wanted);
    Status record(const Record& record, const spool::Key& id);
    Status record_edit(const Record& record, const spool::Key& id);
    Status write(std::size_t octets, std::function<void(spool::Batch&)> add);
    Result<spool::Key> check_ticket(const std::string& id, const std::string& ticket) const;

    Status check_free(const spool::Key& id, const std::vector<std::string>& children, ipc::Channel& from,
                      std::uint64_t run) const;
    void lease_ended(const Leases::Ended& ended, bool lost);
    void name_uncertain(const spool::Key& id, const std::vector<std::string>& children, std::string_view who);
    void settled(const spool::Key& id, const std::vector<std::string>& children, bool uncertain);
    void tell_released(const spool::Key& id, bool uncertain);
    void grace_ended();

    spool::Spool& spool_;
    const Tickets tickets_;
    const Parameters& parameters_;
    const Clock& clock_;
    Committer committer_;
    SpaceWatch space_;
    Upkeep upkeep_;
    Receptions receptions_;
    Leases leases_;
    Uncertain uncertain_;
    Remembered finished_, refused_;
    event::Gate reads_; // threads that wait for the disk to read
    std::uint64_t waits_ = 0; // for that: whoever has seen it change looks at the index again
    event::Timer grace_;
    std::map<spool::Key, std::vector<event::Notice*>> committing_; // and who waits for the outcome
    std::multiset<std::pair<spool::Key, std::string>> recording_;  // Delivered, on their way to the log
    std::set<std::pair<spool::Key, std::uint32_t>> settling_;      // recipients, by reports on their way
    Tenants tenants_;
    struct Arrivals {
        std::vector<Entry> entries;
        std::size_t octets = 0;
    };
    std::map<Tenants::Tenant, Arrivals> arrivals_; // of this turn of the loop
    bool tell_deferred_ = false;
};

}
