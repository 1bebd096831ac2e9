// Makes reports and hands them to cleanup with the null sender. A failure's report and the note that its
// recipients are done are one record of the spool: neither is there without the other.
#pragma once

#include "cleanup/transfer/transfer.h"
#include "common/base/clock.h"
#include "common/ipc/endpoint.h"
#include "common/ipc/link.h"
#include "common/mail/message_id.h"
#include "delivery/bounce/report.h"

namespace gp::bounce {

class Reporter final : public ipc::Endpoint<delivery::Report, delivery::TellOfErrors> {
public:
    Reporter(const Parameters& parameters, ipc::Link& spoold, ipc::Link& cleanup, const Clock& clock);
    Result<delivery::ReportReply> answer(const delivery::Report& report, ipc::Channel& from) override;
    Result<delivery::ReportReply> answer(const delivery::TellOfErrors& question, ipc::Channel& from) override;

private:
    Result<Original> fetch(const delivery::Report& report);
    std::vector<std::string> notified(std::string_view list) const;
    cleanup::Submit envelope_for(std::vector<std::string> recipients, const std::string& about) const;
    Result<delivery::ReportReply> submit(cleanup::Submit submit);
    Duration patience() const { return Duration{std::int64_t{parameters_.timeout} * 1000}; }

    const Parameters parameters_;
    ipc::Link& spoold_;
    ipc::Link& cleanup_;
    const Clock& clock_;
    mail::MessageIdGenerator ids_;
};

}
