// Answers scan's questions: functions of the octets they are given, and conversations with scanners.
#pragma once

#include "cleanup/scan/examiner.h"
#include "cleanup/scan/milter_office.h"
#include "cleanup/scan/protocol.h"
#include "cleanup/scan/scratch.h"
#include "common/base/result.h"
#include "common/ipc/endpoint.h"

namespace gp::scan {

AddressesReply addresses_in(const Addresses& question);
Result<DissectReply> parts_in(const Dissect& question);
Result<FindSignaturesReply> signatures_in(const FindSignatures& question);
mail::CheckedSignature checked(const mail::CheckSignature& question);
Result<mail::MimeContent> decoded(const Decode& question, const Scratch& scratch);

class Reader final : public ipc::Endpoint<Addresses, Examine, Dissect, Decode, FindSignatures, mail::CheckSignature, ForgetFiles,
                                          BeginMilter, TellMilter, GiveMilter, EndMilter, DropMilter> {
public:
    Reader(Registry<Scanner> scanners, Scratch scratch) : scanners_(std::move(scanners)), scratch_(std::move(scratch)) {}
    Result<AddressesReply> answer(const Addresses& question, ipc::Channel&) override { return addresses_in(question); }
    Result<ExamineReply> answer(const Examine& question, ipc::Channel&) override { return examine(scanners_, scratch_, question); }
    Result<DissectReply> answer(const Dissect& question, ipc::Channel&) override { return parts_in(question); }
    Result<mail::MimeContent> answer(const Decode& question, ipc::Channel&) override { return decoded(question, scratch_); }
    Result<FindSignaturesReply> answer(const FindSignatures& question, ipc::Channel&) override { return signatures_in(question); }
    Result<mail::CheckedSignature> answer(const mail::CheckSignature& question, ipc::Channel&) override { return checked(question); }
    void notice(const ForgetFiles& message, ipc::Channel&) override { scratch_.forget(message.id); }
    Result<BeginMilterReply> answer(const BeginMilter& question, ipc::Channel& from) override { return milters_.begin(question, from); }
    Result<TellMilterReply> answer(const TellMilter& question, ipc::Channel& from) override { return milters_.tell(question, from); }
    Result<GiveMilterReply> answer(const GiveMilter& question, ipc::Channel& from) override { return milters_.give(question, from); }
    Result<ipc::Done> answer(const EndMilter& question, ipc::Channel& from) override { return milters_.end(question, from); }
    void notice(const DropMilter& told, ipc::Channel& from) override { milters_.drop(told, from); }
    void peer_gone(ipc::Channel& from) override { milters_.drop_all_of(from); }

private:
    const Registry<Scanner> scanners_;
    const Scratch scratch_;
    MilterOffice milters_;
};

}
