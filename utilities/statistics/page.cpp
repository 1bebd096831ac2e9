#include "utilities/statistics/page.h"

namespace gp::utilities {

void Page::write_parts()
{
    totals();
    patterns();
    if (traffic_.options.divisions > 0)
        for (std::size_t i = 0; i < traffic_.options.patterns.size(); ++i)
            histogram(traffic_.options.patterns[i].text, "occurence", traffic_.pattern_by_time[i]); // spelt as in the original
    if (options_.shows_transports)
        transports();
    if (traffic_.options.divisions > 0) {
        histogram("Messages received", "message", traffic_.received_by_time);
        histogram("Deliveries", "delivery", traffic_.delivered_by_time);
    }
    for (const auto& table : spreads(traffic_))
        spread(table);
    if (options_.shows_relays)
        relays();
    for (const auto& one : leagues(traffic_, options_))
        league(one);
    if (options_.shows_errors)
        errors();
}

}
