// The issue page with a script: it saves by itself and shows each edit at once. Without one,
// every form has its button and every switch is a link.
import { followFields } from "./fields.js";
import { followLinks } from "./links.js";
import { followOrder } from "./order.js";
import { followSwitches, watchState } from "./refresh.js";

document.documentElement.classList.add("js");
followFields();
followOrder();
followSwitches();
followLinks();
watchState();
