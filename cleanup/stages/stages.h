// The stages of a message, in the order in which pipeline.cpp runs them. Each one is a file of its own.
#pragma once

#include "cleanup/work.h"

namespace gp::cleanup {

Ended check_trace(Work& work);         // trace.cpp: loop limit; makes the Received: header
Ended extract_recipients(Work& work);  // recipients.cpp: -t, Bcc:
Ended remove_delivery_headers(Work& work); // delivery_headers.cpp: Return-path, Delivery-date, Envelope-to
Ended complete_headers(Work& work);    // missing_headers.cpp: Message-ID, From, Sender, Date
Ended qualify_headers(Work& work);     // qualify.cpp: bare addresses in headers get a domain
Ended rewrite_addresses(Work& work);   // rewriting.cpp: what the rewrite section says
Ended end_discarded(Work& work);       // policy.cpp: what an ACL of MAIL or RCPT has thrown away is logged, and ends here
Ended verify_signatures(Work& work);   // signatures.cpp: DKIM, acl_smtp_dkim
Ended check_mime(Work& work);          // mime.cpp: acl_smtp_mime, acl_not_smtp_mime
Ended judge_recipients(Work& work);    // prdr.cpp: acl_smtp_data_prdr
Ended ask_policy(Work& work);          // policy.cpp: acl_smtp_data, acl_not_smtp
Ended edit_early_headers(Work& work);  // edit_headers.cpp, too
Ended edit_headers(Work& work);        // edit_headers.cpp: what policy asked to add and remove
Ended ask_milters(Work& work);         // milters.cpp: smtpd_milters, non_smtpd_milters
Ended finish_envelope(Work& work);     // envelope.cpp: controls, counts, Received: in front

void forget_decoded_files(Work& work); // mime.cpp: when the last of these has run

}
