// Starts the page of the API's description. A file of its own, since the policy allows no inline script.
"use strict";
(() => {
  const place = document.getElementById("api-docs");
  SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    deepLinking: false,
    validatorUrl: null,
    defaultModelsExpandDepth: 0,
  });
})();
