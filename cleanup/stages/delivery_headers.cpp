// Headers that belong to the final delivery must not travel: manual 48.9, 48.10, 48.15.

#include "cleanup/stages/stages.h"

namespace gp::cleanup {

Ended remove_delivery_headers(Work& work)
{
    if (work.parameters.return_path_remove)
        forget_headers(work, "Return-path");
    if (work.parameters.delivery_date_remove)
        forget_headers(work, "Delivery-date");
    if (work.parameters.envelope_to_remove)
        forget_headers(work, "Envelope-to");
    return {};
}

}
