#include "smtpd/transaction.h"

#include "common/mail/tls_wish.h"

namespace gp::smtpd {
namespace {

constexpr std::size_t recipient_overhead = 96; // of a Recipient on its way to cleanup, names included

}

void Transaction::begin(std::string sender, std::string sender_as_sent, smtp::MailParameters parameters)
{
    reset();
    has_sender_ = true;
    if (sender_as_sent != sender)
        sender_original_ = std::move(sender_as_sent);
    sender_ = std::move(sender);
    parameters_ = std::move(parameters);
}

bool Transaction::count_recipient(std::uint32_t most)
{
    ++commands_;
    if (most == 0 || commands_ <= most)
        return true;
    overflowed_ = true;
    return false;
}

std::size_t Transaction::cost_of(const mail::Recipient& recipient)
{
    return recipient.address.size() + recipient.original.size() + recipient.orcpt.size() + recipient_overhead;
}

void Transaction::accept(mail::Recipient recipient)
{
    octets_ += cost_of(recipient);
    recipients_.push_back(std::move(recipient));
    kept_.push_back(true);
}

void Transaction::refuse(const std::string& reply, bool is_temporary)
{
    const bool first = refused_ + deferred_ == 0;
    ++(is_temporary ? deferred_ : refused_);
    if (first)
        common_refusal_ = reply;
    else if (common_refusal_ != reply)
        common_refusal_.clear();
}

mail::Envelope Transaction::envelope() const
{
    mail::Envelope envelope;
    envelope.sender = sender_;
    envelope.sender_original = sender_original_;
    envelope.recipients = recipients_;
    envelope.body = parameters_.body;
    envelope.smtputf8 = parameters_.smtputf8;
    envelope.dsn_return = parameters_.ret;
    envelope.dsn_envid = parameters_.envid;
    if (parameters_.requiretls)
        mail::set_tls_wish(envelope, mail::TlsWish::required);
    return envelope;
}

}
