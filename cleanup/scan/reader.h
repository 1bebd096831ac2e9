// Answers scan's questions: functions of the octets they are given, and conversations with scanners.
#pragma once

#include "cleanup/scan/examiner.h"
#include "cleanup/scan/protocol.h"
#include "common/base/result.h"
#include "common/ipc/endpoint.h"

namespace gp::scan {

AddressesReply addresses_in(const Addresses& question);

class Reader final : public ipc::Endpoint<Addresses, Examine> {
public:
    explicit Reader(Registry<Scanner> scanners) : scanners_(std::move(scanners)) {}
    Result<AddressesReply> answer(const Addresses& question, ipc::Channel&) override { return addresses_in(question); }
    Result<ExamineReply> answer(const Examine& question, ipc::Channel&) override { return examine(scanners_, question); }

private:
    const Registry<Scanner> scanners_;
};

}
