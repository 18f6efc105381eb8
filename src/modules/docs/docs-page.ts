/** Where the page and what it needs are served. */
export const DOCS_PATH = '/api/docs';

/** The page: Swagger UI on this service's own document, with nothing from another host. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Enterprise Service API</title>
<link rel="icon" type="image/png" href="${DOCS_PATH}/favicon-32x32.png">
<link rel="stylesheet" href="${DOCS_PATH}/swagger-ui.css">
</head>
<body>
<main id="swagger-ui"></main>
<noscript>The API is described in <a href="/api/v1/openapi.json">openapi.json</a>; this page shows it with JavaScript.</noscript>
<script src="${DOCS_PATH}/swagger-ui-bundle.js"></script>
<script src="${DOCS_PATH}/start.js"></script>
</body>
</html>
`;

/** A script of its own, as the page's policy allows none within it. */
export const START_SCRIPT = `SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayOperationId: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  // Its validator is a service on another host.
  validatorUrl: null,
});
`;
