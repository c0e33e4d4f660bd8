// How this process handles signals, which children inherit in part: CLONE_CLEAR_SIGHAND resets
// handlers, and leaves ignored signals ignored, through exec as well.
#pragma once

namespace respawnd::platform {

/// Every signal gets its default again, whatever the parent has set; SIGPIPE gets a handler that
/// does nothing, which spares the daemon and, unlike SIG_IGN, reaches no job. To be called once at
/// start, before any other handler is installed. The mask is not touched.
void reset_signal_dispositions();

}  // namespace respawnd::platform
